"""The page /docs, where the API can be read and tried. All it loads comes from this server."""

from importlib.resources import as_file, files

from fastapi import APIRouter, HTTPException
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse

from callcenter.platform.http.content_security_policy import script_hashes

router = APIRouter(include_in_schema=False)

FILES = files("fastapi_offline") / "static"
"""That package carries the files of Swagger UI; nothing else of it is used."""
SHOWN = ("swagger-ui-bundle.js", "swagger-ui.css")


@router.get("/docs")
async def page() -> HTMLResponse:
    """The description of the API as a page. It may load from here only, and run only what is on it now."""
    made = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="callcenter API",
        swagger_js_url=f"/docs/{SHOWN[0]}",
        swagger_css_url=f"/docs/{SHOWN[1]}",
        swagger_favicon_url="/favicon.svg",
        swagger_ui_parameters={"validatorUrl": None},
    )
    text = bytes(made.body).decode()
    return HTMLResponse(text, headers={"Content-Security-Policy": _policy(text)})


@router.get("/docs/{name}")
async def file(name: str) -> FileResponse:
    """A file of that page."""
    if name not in SHOWN:
        raise HTTPException(404, "There is no such file.")
    with as_file(FILES / name) as path:
        return FileResponse(path)


def _policy(text: str) -> str:
    """Swagger UI styles its elements one by one, so styles have to be allowed everywhere; scripts do not."""
    own = " ".join(script_hashes(text))
    return (
        f"default-src 'none'; script-src 'self' {own}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
