"""What is kept: projects, templates, jobs and runs in one database, files beside it under the home.

Enter through `instruct_ui.storage.store.open_store`. Knows no page, no worker and no model.
"""
