"""Writes corruptions/corruptions.safetensors: what the libraries behind CIFAR-10-C make of one picture, with the random draws as inputs.

    python3 tests/golden/make_corruptions.py [--out tests/golden/corruptions]

Needs NumPy, SciPy, scikit-image, OpenCV, Pillow and ImageMagick's `convert` (on Debian: python3-scipy python3-skimage python3-opencv python3-pil
imagemagick). Constants are those for images of 32x32, severities 1 to 5 along the first axis.
"""
import argparse
import io
import math
import pathlib
import subprocess

import cv2
import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import color, filters

from safetensors_file import write_safetensors

SIDE = 32


def picture(side):
    """A sky, a hill, a sun and a striped wall with some grain: flat, smooth, sharp and saturated parts."""
    rng = np.random.RandomState(1)
    y, x = np.mgrid[0:side, 0:side] / side
    image = np.stack([90 + 60 * y, 140 + 50 * y, 255 - 70 * y], -1)
    image[y > 0.55 + 0.15 * np.sin(5 * x)] = (70, 130, 40)
    image[(x - 0.25) ** 2 + (y - 0.25) ** 2 < 0.02] = (255, 230, 30)
    wall = (x > 0.6) & (y > 0.3) & (y < 0.8)
    image[wall] = np.where((x[wall] * side // 2 % 2)[:, None] > 0, (200, 30, 30), (255, 255, 255))
    image[side - side // 8:] += rng.normal(0, 25, (side // 8, side, 3))
    return np.clip(image, 0, 255).astype(np.uint8)


def truncated(values):
    return np.uint8(np.clip(values, 0, 1) * 255)


def smooth(image, sigma, mode="nearest", truncate=4.0):
    axis = {"channel_axis": -1} if image.ndim == 3 else {}
    return filters.gaussian(image, sigma=sigma, mode=mode, truncate=truncate, **axis)


def clipped_zoom(image, factor):
    side = len(image)
    crop = int(np.ceil(side / factor))
    top = (side - crop) // 2
    larger = ndimage.zoom(image[top:top + crop, top:top + crop], (factor, factor) + (1,) * (image.ndim - 2), order=1)
    trim = (len(larger) - side) // 2
    return larger[trim:trim + side, trim:trim + side]


def motion(image, radius, sigma, degrees):
    """ImageMagick's motion blur, which works in 16 bits and drops eight of them."""
    source = io.BytesIO()
    Image.fromarray(image).save(source, "PNG")
    done = subprocess.run(["convert", "png:-", "-motion-blur", f"{radius}x{sigma}+{degrees}", "-depth", "8", "png:-"],
                          input=source.getvalue(), stdout=subprocess.PIPE, check=True)
    return np.array(Image.open(io.BytesIO(done.stdout)).convert("L" if image.ndim == 2 else "RGB"))


def defocus(image, radius, sigma):
    span = np.arange(-8, 9)
    disk = np.array(span[:, None] ** 2 + span ** 2 <= radius ** 2, np.float32)
    kernel = cv2.GaussianBlur(disk / disk.sum(), (3, 3), sigma)
    return truncated(np.stack([cv2.filter2D(image[..., c] / 255., -1, kernel) for c in range(3)], -1))


def glass(image, sigma, passes, offsets):
    pixels = np.uint8(smooth(image / 255., sigma) * 255)
    draws = iter(offsets)
    for _ in range(passes):
        for row in range(SIDE - 1, 1, -1):
            for column in range(SIDE - 1, 1, -1):
                right, down = next(draws), next(draws)
                pixels[row, column] = pixels[row + down, column + right]
    return truncated(smooth(pixels / 255., sigma))


def zoom_blur(image, end):
    pixels = (image / 255.).astype(np.float32)
    factors = np.arange(1, end, 0.01)
    total = np.zeros_like(pixels)
    for factor in factors:
        total += clipped_zoom(pixels, factor)
    return truncated((pixels + total) / (len(factors) + 1)), len(factors)


def hsv(image, change):
    values = color.rgb2hsv(image / 255.)
    change(values)
    return truncated(color.hsv2rgb(values))


def brightness(values, more):
    values[..., 2] = np.clip(values[..., 2] + more, 0, 1)


def saturation(values, factor, more):
    values[..., 1] = np.clip(values[..., 1] * factor + more, 0, 1)


def contrast(image, kept):
    values = image / 255.
    mean = values.mean((0, 1), keepdims=True)
    return truncated((values - mean) * kept + mean)


def pixelate(image, share):
    small = Image.fromarray(image).resize((int(SIDE * share),) * 2, Image.BOX)
    return np.array(small.resize((SIDE, SIDE), Image.BOX))


def jpeg(image, quality):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file))


def elastic(image, to, right, down):
    values = image.astype(np.float32) / 255.
    centre, half = SIDE // 2, SIDE // 3
    corners = np.float32([[centre + half, centre + half], [centre + half, centre - half], [centre - half, centre - half]])
    warped = cv2.warpAffine(values, cv2.getAffineTransform(corners, to), (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
    y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing="ij")
    return truncated(ndimage.map_coordinates(warped, [y + down[..., None], x + right[..., None], c], order=1, mode="reflect"))


def snow(image, noise, degrees, zoom, threshold, radius, sigma, kept):
    values = image.astype(np.float32) / 255.
    layer = clipped_zoom(noise[..., None], zoom)[..., 0]
    layer = truncated(np.where(layer < threshold, 0, layer))
    flakes = motion(layer, radius, sigma, degrees)[..., None] / 255.
    grey = cv2.cvtColor(values, cv2.COLOR_RGB2GRAY)[..., None]
    return truncated(kept * values + (1 - kept) * np.maximum(values, grey * 1.5 + 0.5) + flakes + flakes[::-1, ::-1])


def plasma(decay, units):
    """Diamond-square on a torus; `units` are its random numbers, uniform in [-1, 1)."""
    heights = np.zeros((SIDE, SIDE))
    draws = iter(units)
    step, wobble = SIDE, 100.

    def fill(rows, columns, neighbours):
        for row in rows:
            for column in columns:
                near = sum(heights[(row + r) % SIDE, (column + c) % SIDE] for r, c in neighbours)
                heights[row, column] = near / 4 + wobble * (wobble * next(draws))

    while step >= 2:
        half = step // 2
        straight = [(-half, 0), (half, 0), (0, -half), (0, half)]
        fill(range(half, SIDE, step), range(half, SIDE, step), [(-half, -half), (half, -half), (-half, half), (half, half)])
        fill(range(0, SIDE, step), range(half, SIDE, step), straight)
        fill(range(half, SIDE, step), range(0, SIDE, step), straight)
        step, wobble = half, wobble / decay
    heights -= heights.min()
    return heights / heights.max()


def fog(image, thickness, decay, units):
    values = image / 255.
    most = values.max()
    return truncated((values + thickness * plasma(decay, units)[..., None]) * most / (most + thickness))


def water(layer, strength):
    liquid = np.uint8(layer * 255)
    distance = cv2.distanceTransform(255 - cv2.Canny(liquid, 50, 150), cv2.DIST_L2, 5)
    depth = cv2.equalizeHist(np.uint8(cv2.blur(np.minimum(distance, 20), (3, 3))))
    light = liquid * cv2.blur(cv2.filter2D(depth, cv2.CV_8U, np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])), (3, 3)).astype(np.float32)
    return light / light.max() * strength


def spatter(image, noise, sigma, threshold, strength, mud):
    values = image.astype(np.float32) / 255.
    layer = smooth(noise, sigma)
    layer[layer < threshold] = 0
    if mud:
        cover = smooth((layer > threshold).astype(np.float32), strength)
        cover = np.where(cover < 0.8, 0, cover)[..., None].astype(np.float32)
        return truncated(values * (1 - cover) + np.float32([63, 42, 20]) / np.float32(255) * cover)
    return truncated(values + water(layer, strength)[..., None] * np.float32([175, 238, 238]) / np.float32(255))


def tensors():
    rng = np.random.RandomState(2)
    image = picture(SIDE)
    yield "image", image
    yield "gaussian_blur", [truncated(smooth(image / 255., s)) for s in (.4, .6, .7, .8, 1)]
    yield "defocus_blur", [defocus(image, *c) for c in ((.3, .4), (.4, .5), (.5, .6), (1, .2), (1.5, .1))]
    offsets = rng.randint(-1, 1, size=2 * 2 * 30 * 30).astype(np.int32)
    yield "glass_blur.offsets", offsets
    yield "glass_blur", [glass(image, *c, offsets) for c in ((.05, 1), (.25, 1), (.4, 1), (.25, 2), (.4, 2))]
    degrees = np.float64([20.5, -37.25, 44, -0.75, 8])
    yield "motion_blur.degrees", degrees
    yield "motion_blur", [motion(image, r, s, d) for (r, s), d in zip(((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)), degrees)]
    zooms = [zoom_blur(image, end) for end in (1.06, 1.11, 1.16, 1.21, 1.26)]
    yield "zoom_blur", [z for z, _ in zooms]
    yield "zoom_blur.counts", np.int32([count for _, count in zooms])
    yield "brightness", [hsv(image, lambda v: brightness(v, c)) for c in (.05, .1, .15, .2, .3)]
    yield "saturate", [hsv(image, lambda v: saturation(v, *c)) for c in ((.3, 0), (.1, 0), (1.5, 0), (2, .1), (2.5, .2))]
    yield "contrast", [contrast(image, c) for c in (.75, .5, .4, .3, .15)]
    yield "pixelate", [pixelate(image, c) for c in (.95, .9, .85, .75, .65)]
    yield "jpeg_compression", [jpeg(image, q) for q in (80, 65, 58, 50, 40)]
    odd = picture(45)
    yield "jpeg_odd.image", odd
    yield "jpeg_odd", jpeg(odd, 58)
    yield "jpeg_grey", jpeg(np.ascontiguousarray(odd[..., 1]), 40)

    elastics, points, rights, downs = [], [], [], []
    for length, sigma, jitter in ((0, 0, 2.56), (1.6, 6.4, 2.24), (2.56, 1.92, 1.92), (3.2, 1.28, 1.6), (3.2, .96, .96)):
        corners = np.float32([[26, 26], [26, 6], [6, 6]])
        to = corners + rng.uniform(-jitter, jitter, size=corners.shape).astype(np.float32)
        right, down = [(smooth(rng.uniform(-1, 1, (SIDE, SIDE)), sigma, "reflect", 3) * length).astype(np.float32) for _ in range(2)]
        elastics.append(elastic(image, to, right, down))
        points.append(to)
        rights.append(right)
        downs.append(down)
    yield "elastic_transform", elastics
    yield "elastic_transform.to", points
    yield "elastic_transform.right", rights
    yield "elastic_transform.down", downs

    units = rng.uniform(-1, 1, SIDE * SIDE - 1)
    yield "fog.units", units
    yield "fog", [fog(image, *c, units) for c in ((.2, 3), (.5, 3), (.75, 2.5), (1, 2), (1.5, 1.75))]

    noises, snows = [], []
    angles = np.float64([-90, -120.5, -47, -133, -75.25])
    constants = ((.1, .2, 1, .6, 8, 3, .95), (.1, .2, 1, .5, 10, 4, .9), (.15, .3, 1.75, .55, 10, 4, .9), (.25, .3, 2.25, .6, 12, 6, .85), (.3, .3, 1.25, .65, 14, 12, .8))
    for (mean, deviation, *rest), angle in zip(constants, angles):
        noises.append(rng.normal(mean, deviation, (SIDE, SIDE)).astype(np.float32).astype(np.float64))
        snows.append(snow(image, noises[-1], angle, *rest))
    yield "snow", snows
    yield "snow.noise", np.float32(noises)
    yield "snow.degrees", angles

    noises, spatters = [], []
    for mean, deviation, *rest in ((.62, .1, .7, .7, .5, 0), (.65, .1, .8, .7, .5, 0), (.65, .3, 1, .69, .5, 0), (.65, .1, .7, .69, .6, 1), (.65, .1, .5, .68, .6, 1)):
        noises.append(rng.normal(mean, deviation, (SIDE, SIDE)).astype(np.float32).astype(np.float64))
        spatters.append(spatter(image, noises[-1], *rest))
    yield "spatter", spatters
    yield "spatter.noise", np.float32(noises)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "corruptions")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    write_safetensors(out / "corruptions.safetensors", {name: np.ascontiguousarray(value) for name, value in tensors()})


if __name__ == "__main__":
    main()
