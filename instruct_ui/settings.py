"""The one place that reads the environment (`INSTRUCT_UI_*`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="INSTRUCT_UI_", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=1, le=65535)
    home: Path = Path.home() / ".instruct-ui"
    """Everything kept lies here: models, database, projects, logs."""
    models: Path | None = None
    """Where models lie; `home/models` unless told, so that several homes can share them."""
    max_upload_mb: int = Field(default=512, gt=0)
    demo: bool = False
    """Every browser gets a workspace of its own."""
    threads: int = Field(default=0, ge=0)
    """Threads a worker may use; 0: as many as there are cores."""

    @property
    def models_dir(self) -> Path:
        return self.models or self.home / "models"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.home / 'instruct-ui.db'}"


@cache
def settings() -> Settings:
    return Settings()
