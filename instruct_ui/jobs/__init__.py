"""Long work beside the page: worker processes in lanes, watched by the supervisor's threads.

Enter through `instruct_ui.jobs.supervisor.Supervisor`. Knows the store, no page and no model.
"""
