"""For a telephony gateway (TELEPHONY=webhook). Every request is signed; see docs/telephony-gateway.md."""

from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.responses import Response

from callcenter.core.ports.telephony_provider import PhoneEvent, PhoneState
from callcenter.platform.http.problem_details import may_answer
from callcenter.platform.registry import the
from callcenter.telephony.gateway.service import CallerRoom, GatewayService
from callcenter.telephony.gateway.signature import HEADER

PREFIX = "/api/telephony"
GATEWAY_PATHS = (f"{PREFIX}/calls", f"{PREFIX}/events")
router = APIRouter(prefix=PREFIX, tags=["telephony gateway"])

Name = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Model = TypeVar("Model", bound=BaseModel)
Number = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class _Signed(BaseModel):
    """Takes nothing that it does not know: what was signed for one purpose, such as an order of ours to the gateway,
    must not pass for another."""

    model_config = ConfigDict(extra="forbid")


class IncomingCall(_Signed):
    """A call that has reached the gateway."""

    id: Name = Field(examples=["9f3c1a"], description="The gateway's own name for the call; never used twice")
    caller: Number = Field("", alias="from", examples=["+4915112345678"], description="Empty when it is withheld")
    dialed: Number = Field(alias="to", examples=["+4930901820"])


class PhoneRoom(BaseModel):
    """Where the caller goes."""

    room: str = Field(examples=["call_gw_5feceb66ffc86f38"])
    url: str = Field(examples=["wss://livekit.example.com"])
    token: str = Field(examples=["eyJhbGciOiJIUzI1NiJ9.e30.c2ln"])
    identity: str = Field(examples=["phone_5feceb66ffc86f38"])

    @classmethod
    def of(cls, room: CallerRoom) -> "PhoneRoom":
        return cls(room=room.room_name, url=room.url, token=room.token, identity=room.identity)


class PhoneNews(_Signed):
    """What a phone does that the gateway was asked to dial."""

    id: Name = Field(examples=["9f3c1a-2"], description="Names this news; sent again with the same id it counts once")
    call: Name = Field(examples=["out_Jq3v0yX1bQ"], description="The `id` of the order")
    state: Literal["ringing", "answered", "failed"]
    sip_code: int = Field(0, ge=0, le=699, examples=[486], description="The final SIP response of a failed call")
    sip_phrase: str = Field("", max_length=200, examples=["Busy Here"])


def _signed(model: type[BaseModel]) -> dict[str, Any]:
    """The body is read by hand, because its signature comes first; this describes it all the same."""
    header = {"name": HEADER, "in": "header", "required": True, "schema": {"type": "string"}}
    content = {"application/json": {"schema": model.model_json_schema(ref_template="#/components/schemas/{model}")}}
    return {"parameters": [header], "requestBody": {"required": True, "content": content}}


@router.post(
    "/calls",
    status_code=201,
    responses={200: {"model": PhoneRoom, "description": "The same as before"}, **may_answer(401, 404, 409, 422)},
    openapi_extra=_signed(IncomingCall),
)
async def call_in(request: Request, response: Response) -> PhoneRoom:
    """A room for a caller. The call begins when the caller joins it."""
    raw, gateway = await request.body(), the(GatewayService)
    proof = gateway.verify(raw, request.headers.get(HEADER, ""))
    call = _read(IncomingCall, raw)
    room = await gateway.call_in(proof, call.id, call.caller, call.dialed)
    response.status_code = 201 if room.new else 200
    return PhoneRoom.of(room)


@router.post("/events", status_code=204, responses=may_answer(401, 404, 422), openapi_extra=_signed(PhoneNews))
async def news(request: Request) -> Response:
    """News of a phone the gateway was asked to dial. Doubled and late ones are harmless."""
    raw, gateway = await request.body(), the(GatewayService)
    gateway.verify(raw, request.headers.get(HEADER, ""))
    told = _read(PhoneNews, raw)
    event = PhoneEvent(told.call, PhoneState(told.state), None, told.sip_code, told.sip_phrase)
    await gateway.news(told.id, event)
    return Response(status_code=204)


def _read(model: type[Model], raw: bytes) -> Model:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False, include_url=False)) from None
