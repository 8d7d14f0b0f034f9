"""A station's own camera, handed on to its tablet; and the tablet's camera as a scanner, whose frames come here.

A frame is decoded outside the server's process. What counts as a reading lies among the station's readings, where the page
fetches it as it does those of a scanner: no page can say what its camera read.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
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


@camera.post("/terminal/<station>/frame")
@looks_here
def frame(station: str) -> ResponseReturnValue:
    """What one frame of the camera comes to, in one word and in words for the technician (B6, B7)."""
    stands(station)
    sight, file = bench(station).sight, request.files.get("frame")
    if sight is None or file is None:
        return jsonify(what="nothing", says="The server takes no pictures now."), 422
    agreed = sight.take(file.read())
    return jsonify(what=agreed.what, says=agreed.says)
