"""Pillow and numpy as the judges of the tests: a line of JSON in, a line of JSON out, until the input ends.

The first line out is the version of Pillow. Then, for each line in:
In: `source` (base64), `mode` (L or RGB), and where they apply `orient`, `scale`, `fit`, `filter`, `crop`,
`tensor` (dtype, layout, mean, std) and `quality`, of a JPEG that is saved and read again.
Out: `shape` and `data` (base64, in the order of the axes), or `error`.
In: `npy` (base64). Out: `shape`, `dtype` and `data` of what numpy.load makes of it.
"""

import base64
import io
import json
import sys
import warnings

import numpy
import PIL
from PIL import Image, ImageOps


def short_side(image, size, filter):
    """torchvision.transforms.Resize(int): the long side is cut down to a whole pixel."""
    width, height = image.size
    wanted = size[0]
    if width <= height:
        return image.resize((wanted, int(wanted * height / width)), filter)
    return image.resize((int(wanted * width / height), wanted), filter)


def thin_size(image, size):
    """Where ImageOps.contain would come to a side of 0, which no picture has, the side is 1."""
    (width, height), (wanted_width, wanted_height) = image.size, size
    if round(height / width * wanted_width) == 0:
        return (wanted_width, 1)
    if round(width / height * wanted_height) == 0:
        return (1, wanted_height)
    return None


def inside(image, size, filter):
    thin = thin_size(image, size)
    return image.resize(thin, filter) if thin else ImageOps.contain(image, size, filter)


def contain(image, size, filter):
    thin = thin_size(image, size)
    if not thin:
        return ImageOps.pad(image, size, filter)
    padded = Image.new(image.mode, size)
    left, top = (round((side - thin_side) * 0.5) for side, thin_side in zip(size, thin))
    padded.paste(image.resize(thin, filter), (left, top))
    return padded


FITS = {
    'fill': lambda image, size, filter: image.resize(size, filter),
    'contain': contain,
    'cover': ImageOps.fit,
    'inside': inside,
    'short-side': short_side,
}


def centre_crop(image, size):
    """torchvision.transforms.CenterCrop: pads with black where there is too little."""
    (width, height), (wanted_width, wanted_height) = image.size, size
    if wanted_width > width or wanted_height > height:
        left = (wanted_width - width) // 2 if wanted_width > width else 0
        top = (wanted_height - height) // 2 if wanted_height > height else 0
        padded = Image.new(image.mode, (max(width, wanted_width), max(height, wanted_height)))
        padded.paste(image, (left, top))
        image = padded
        width, height = image.size
    left, top = round((width - wanted_width) / 2), round((height - wanted_height) / 2)
    return image.crop((left, top, left + wanted_width, top + wanted_height))


def to_tensor(levels, dtype, layout, mean, std):
    """torchvision.transforms.ToTensor and Normalize, in numpy's float32."""
    if layout == 'chw':
        levels = levels[numpy.newaxis] if levels.ndim == 2 else levels.transpose(2, 0, 1)
    if dtype == 'uint8':
        return levels
    axes = (-1, 1, 1) if layout == 'chw' else (-1,)
    mean, std = (numpy.array(numbers, numpy.float32).reshape(axes) for numbers in (mean, std))
    if levels.ndim == 2:
        mean, std = mean.reshape(()), std.reshape(())
    values = (levels.astype(numpy.float32) / numpy.float32(255) - mean) / std
    assert values.dtype == numpy.float32
    return values.astype(dtype)


def answer(request):
    if 'npy' in request:
        return numpy.load(io.BytesIO(base64.b64decode(request['npy'])))
    image = Image.open(io.BytesIO(base64.b64decode(request['source'])))
    # A TIFF is turned as it is read; Pillow 9 would turn it once more here.
    if request.get('orient') and image.format != 'TIFF':
        image = ImageOps.exif_transpose(image)
    image = image.convert(request['mode'])
    if 'scale' in request:
        filter = Image.Resampling[request['filter'].upper()]
        image = FITS[request['fit']](image, tuple(request['scale']), filter)
    if 'crop' in request:
        image = centre_crop(image, tuple(request['crop']))
    if 'quality' in request:
        saved = io.BytesIO()
        image.save(saved, 'JPEG', quality=request['quality'])
        image = Image.open(saved)
    levels = numpy.asarray(image)
    return to_tensor(levels, **request['tensor']) if 'tensor' in request else levels


# It warns of what the judged pictures are, such as palettes with alpha.
warnings.simplefilter('ignore')
print(json.dumps({'version': PIL.__version__}), flush=True)
for line in sys.stdin:
    try:
        array = answer(json.loads(line))
        data = base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()
        reply = {'shape': array.shape, 'dtype': str(array.dtype), 'data': data}
    except Exception as error:
        reply = {'error': repr(error)}
    print(json.dumps(reply), flush=True)
