"""The still of a station's own camera, handed on to its tablet: for the eye in the viewfinder, and as the photo itself."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.web.station.at_hand import bench, looks_here, stands
from devices.camera import capture, picture

camera = Blueprint("camera", __name__)


@camera.get("/terminal/<station>/still")
@looks_here
def still(station: str) -> ResponseReturnValue:
    """What the camera sees now, byte for byte; 503 with words while it gives none."""
    stands(station)
    where = bench(station).camera
    if not where:
        return jsonify(says="This station has no camera of its own."), 404
    taken = capture.still(where)
    if not isinstance(taken, bytes):
        return jsonify(says=taken.says), 503
    outside = picture.look(taken)
    kind = picture.JPEG if isinstance(outside, str) else outside.media_type
    return Response(taken, mimetype=kind, headers={"Cache-Control": "no-store"})
