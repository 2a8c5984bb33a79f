"""Pillow as the judge of the tests: a line of JSON in, a line of JSON out, until the input ends.

In: `source` (base64), `mode` (L or RGB), and for a resize `size`, `filter` and `fit`.
Out: `width`, `height` and `pixels` (base64, interleaved), or `error`.
"""

import base64
import io
import json
import sys

from PIL import Image, ImageOps

FITS = {
    'fill': lambda image, size, filter: image.resize(size, filter),
    'contain': ImageOps.pad,
    'cover': ImageOps.fit,
    'inside': ImageOps.contain,
}


def answer(request):
    image = Image.open(io.BytesIO(base64.b64decode(request['source']))).convert(request['mode'])
    if 'size' in request:
        filter = Image.Resampling[request['filter'].upper()]
        image = FITS[request['fit']](image, tuple(request['size']), filter)
    pixels = base64.b64encode(image.tobytes()).decode()
    return {'width': image.width, 'height': image.height, 'pixels': pixels}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:
        reply = {'error': repr(error)}
    print(json.dumps(reply), flush=True)
