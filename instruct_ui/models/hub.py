"""A model from the Hugging Face hub: its safetensors, configs and tokenizer, nothing that runs."""

from __future__ import annotations

from pathlib import Path

from instruct_ui.errors import DownloadFault, ModelError

_WANTED = ["*.safetensors", "*.json", "*.txt", "*.jinja", "README.md"]
_UNWANTED = ["*/*", "*.bin", "*.py"]
"""Subfolders hold exports for other runtimes."""


def download(hub_id: str, into: Path) -> None:
    """Raises ModelError where the hub has no such model to give, DownloadFault where it does not
    answer.
    """
    # Imported here: seconds that only somebody who asks the hub shall wait.
    import httpx
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    try:
        snapshot_download(hub_id, local_dir=into, allow_patterns=_WANTED, ignore_patterns=_UNWANTED)
    except RepositoryNotFoundError as error:  # a gated model too
        raise ModelError("hub_model_unknown", name=hub_id) from error
    except (HfHubHTTPError, httpx.HTTPError, OSError) as error:
        first = str(error).strip().splitlines() or [type(error).__name__]
        raise DownloadFault("hub_not_reached", name=hub_id, cause=first[0]) from error
