"""Shape of a change of status in the API."""

from pydantic import BaseModel, ConfigDict

from callcenter.core.domain.agents import AgentStatus, NotReadyReason


class StatusChange(BaseModel):
    """The status an agent chooses; the reason belongs to Busy."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "Busy", "reason": "lunch"}]})
    status: AgentStatus
    reason: NotReadyReason | None = None
