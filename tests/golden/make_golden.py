"""Writes the golden cases that `mimir verify` and the tests read: an index.json and .safetensors files, computed by PyTorch.

    python3 tests/golden/make_golden.py [--out tests/golden/cases] [--only NAME ...]

Needs PyTorch from 1.13 on and NumPy. See README.md beside this file.
"""
import argparse
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import reference_model as ref
import safetensors_file

STREAM = (
    "`count` float32 in [-1,1): splitmix64 of the counter i from state seed, top 24 bits k, value (2k - 2^24) / 2^24. "
    "state = seed + (i+1) * 0x9E3779B97F4A7C15; z = state; z = (z ^ z>>30) * 0xBF58476D1CE4E5B9; "
    "z = (z ^ z>>27) * 0x94D049BB133111EB; z ^= z>>31; k = z >> 40, all modulo 2^64. Exact, so any language gets the same bits.")
PARAMETER_RULE = (
    "The k-th trainable parameter in state-dict order (k from 0, position tables not counted; a case lists them under "
    "`parameters`) is offset + scale * stream(1000 + k), flat, computed in float64 and rounded to float32. LayerNorm weights: "
    "offset 1, scale 0.1. Other 1-D parameters: offset 0, scale 0.02. cls_token and mask_token: offset 0, scale 0.05. "
    "Matrices, and the patch convolution as [outputs, inputs]: offset 0, scale sqrt(6 / (inputs + outputs)). "
    "The position tables are in the file.")
TENSORS = {
    "param.NAME": "parameters before the step, timm/MAE names, position tables included",
    "input.images": "[B,C,H,W] in [0,1] on the 1/255 grid",
    "input.labels": "[B] int64",
    "input.mask_noise": "[B,L] of the training forward; stable argsort, the smallest are kept, in sorted order",
    "input.attack_mask_noise": "[B,L] of the attack's forward, where attack_mask is fresh",
    "input.attack_start": "[B,C,H,W], added to the images and clipped to [0,1] before the first attack step",
    "input.drop_path_scales": "[depth,2,B] factors of the attention and MLP branches, 0 or 1/keep",
    "output.attack_gradient": "d loss / d image at the first attack step",
    "output.adversarial_images": "after the last attack step; everything below is computed from these",
    "output.pred": "[B,L,C p^2] reconstruction in (row, column, channel) order",
    "output.mask": "[B,L], 1 = removed",
    "output.latent": "[B,K+1,D] after the final norm, class token first",
    "output.loss_reconstruction, output.mi, output.loss": "scalars; loss = reconstruction + mi_weight * mi",
    "output.mi_gradient": "d mi / d latent (not weighted)",
    "output.logits, output.adversarial_logits, output.drop_path_logits": "clean; attacked; clean with the drop-path scales",
    "output.pgd_gradients, output.pgd_images": "[steps,B,C,H,W] gradient at, and images after, each PGD step",
    "grad.NAME": "d output.loss / d parameter",
    "after.NAME": "after one AdamW step from zero moments (options)",
    "after_layer_decay_0.65.NAME": "the same gradients with fine-tuning's groups: rates times 0.65^(depth+1-layer), "
                                   "no decay for 1-D, cls_token, pos_embed",
    "grad_sample.NAME, after_sample.NAME": "short form: flat elements 0, s, 2s, ... with s = max(1, size div 512) | 1",
    "grad_norm.NAME, grad_dot.NAME": "short form, from float64: L2 norm, and dot product of the flat gradient of the k-th "
                                     "trainable parameter (order of parameter_rule) with stream(100000 + k)",
    "output.ESTIMATOR, output.ESTIMATOR.grad_z": "information cases",
}
ADAM = {"lr": 0.001, "beta1": 0.9, "beta2": 0.95, "adam_eps": 1e-5, "weight_decay": 0.05}
LAYER_DECAY = 0.65


# ------------------------------------------------------------------------------------------------ numbers from seeds

def stream(seed, count):
    """See STREAM."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    k = (z >> np.uint64(40)).astype(np.float64)
    return ((2 * k - 2 ** 24) / 2 ** 24).astype(np.float32)


def parameter_rule(model):
    """One row a trainable parameter: name, shape, seed, offset, scale. See PARAMETER_RULE."""
    rows = []
    sizes = ref.shapes(model)
    for k, name in enumerate(ref.trainable(model)):
        shape = sizes[name]
        if len(shape) == 1:
            offset, scale = (1.0, 0.1) if "norm" in name and name.endswith("weight") else (0.0, 0.02)
        elif name.endswith("token") or name == "pos_embed":
            offset, scale = 0.0, 0.05
        else:
            offset, scale = 0.0, math.sqrt(6 / (shape[0] + math.prod(shape[1:])))
        rows.append({"name": name, "shape": list(shape), "seed": 1000 + k, "offset": offset, "scale": scale})
    return rows


def parameters(model):
    """All parameters as float32 tensors, in state-dict order."""
    made = {}
    for row in parameter_rule(model):
        values = row["offset"] + row["scale"] * stream(row["seed"], math.prod(row["shape"])).astype(np.float64)
        made[row["name"]] = torch.from_numpy(values.astype(np.float32)).view(row["shape"])
    grid = model["image"] // model["patch"]
    for name, width in (("pos_embed", model["embed"]), ("decoder_pos_embed", model.get("decoder_embed"))):
        if name in ref.shapes(model):
            table = torch.from_numpy(ref.position_table(width, grid))
            made[name] = made[name] + table if name in made else table
    return {name: made[name] for name in ref.shapes(model)}


def images_and_start(generator, model, options, batch):
    """Smooth patterns with some grain, so that patches differ in mean and variance; the start is uniform in the ball."""
    side, channels = model["image"], model["channels"]
    at = np.arange(side) / side
    waves = [0.5 + 0.35 * np.sin(2 * np.pi * (f[0] * at[:, None] + f[1] * at[None]) + f[2])
             for f in generator.uniform(0, 3, (batch * channels, 3))]
    images = np.stack(waves).reshape(batch, channels, side, side) + generator.normal(0, 0.1, (batch, channels, side, side))
    levels = np.clip(np.round(images * 255), 0, 255)
    start = generator.uniform(-options["eps"], options["eps"], images.shape)
    return torch.from_numpy((levels / 255).astype(np.float32)), torch.from_numpy(start.astype(np.float32))


def uniform(generator, *shape):
    return torch.from_numpy(generator.random(shape, np.float32))


# ------------------------------------------------------------------------------------------------ steps

def information(options, images, latent):
    """The penalty of a step, in float64 whatever comes in."""
    x, z = images.double().flatten(1), latent.double().flatten(1)
    if options["mi"] == "hsic":
        return ref.hsic(x, z, options["sigma"])
    return ref.hsic_cca(x, z, options["sigma"], options["cca_eps"])


def leaves(values, names, dtype):
    return {name: value.to(dtype).detach().requires_grad_(name in names) for name, value in values.items()}


def mae_step(model, options, values, inputs, dtype, adversarial=None):
    """All outputs of one pre-training step; `adversarial` replaces the images that the attack finds."""
    names = ref.trainable(model)
    p = leaves(values, names, dtype)
    images, start, noise = (inputs[k].to(dtype) for k in ("images", "attack_start", "mask_noise"))
    attack_noise = inputs.get("attack_mask_noise", inputs["mask_noise"]).to(dtype)

    def attacked_loss(x):
        latent, mask, restore = ref.encode(p, model, x, attack_noise, options["mask_ratio"])
        target = images if options["attack_target"] == "natural" else x
        return ref.reconstruction_loss(model, target, ref.decode(p, model, latent, restore), mask)

    gradients, visited = ref.pgd(attacked_loss, images, start, options["steps"], options["eps"], options["alpha"])
    out = {"output.attack_gradient": gradients[0], "output.adversarial_images": visited[-1]}
    x = (out["output.adversarial_images"] if adversarial is None else adversarial).to(dtype)
    latent, mask, restore = ref.encode(p, model, x, noise, options["mask_ratio"])
    pred = ref.decode(p, model, latent, restore)
    loss = ref.reconstruction_loss(model, images, pred, mask)
    mi = information(options, x, latent)
    mi_gradient, = torch.autograd.grad(mi, latent, retain_graph=True)
    total = loss + options["mi_weight"] * mi.to(dtype)
    out.update({"output.pred": pred, "output.mask": mask, "output.latent": latent, "output.loss_reconstruction": loss,
                "output.mi": mi.to(dtype), "output.mi_gradient": mi_gradient, "output.loss": total})
    return finish(out, total, p, names, options, {"after.": ref.pretraining_settings(p, options)})


def classifier_step(model, options, values, inputs, dtype, adversarial=None):
    """All outputs of one adversarial fine-tuning step."""
    names = ref.trainable(model)
    p = leaves(values, names, dtype)
    images, start, scales = (inputs[k].to(dtype) for k in ("images", "attack_start", "drop_path_scales"))
    labels = inputs["labels"]
    gradients, visited = ref.pgd(lambda x: F.cross_entropy(ref.classify(p, model, x), labels), images, start,
                                 options["steps"], options["eps"], options["alpha"])
    out = {"output.logits": ref.classify(p, model, images), "output.drop_path_logits": ref.classify(p, model, images, scales),
           "output.pgd_gradients": gradients, "output.pgd_images": visited, "output.adversarial_images": visited[-1]}
    x = (visited[-1] if adversarial is None else adversarial).to(dtype)
    logits = ref.classify(p, model, x)
    loss = F.cross_entropy(logits, labels, label_smoothing=options["label_smoothing"])
    out.update({"output.adversarial_logits": logits, "output.loss": loss})
    return finish(out, loss, p, names, options, {
        "after.": ref.pretraining_settings(p, options),
        f"after_layer_decay_{LAYER_DECAY}.": ref.finetuning_settings(p, options, model["depth"], LAYER_DECAY)})


def finish(out, loss, p, names, options, optimisers):
    gradients = dict(zip(names, torch.autograd.grad(loss, [p[n] for n in names])))
    out.update({"grad." + n: g for n, g in gradients.items()})
    for prefix, settings in optimisers.items():
        out.update({prefix + n: a for n, a in ref.adamw(p, gradients, options, settings).items()})
    return {name: value.detach() for name, value in out.items()}


def step_case(case, generator, make_inputs, step):
    """Tensors of a step's case, and its float32 error and sign flips for the index."""
    model, options = case["model"], case["options"]
    values = parameters(model)
    inputs = make_inputs(generator, model, options, case.pop("batch"))
    single = step(model, options, values, inputs, torch.float32)
    double = step(model, options, values, inputs, torch.float64, single["output.adversarial_images"])
    free = step(model, options, values, inputs, torch.float64)["output.adversarial_images"]
    case["sign_flips"] = {
        "values": free.numel(),
        "final_values_that_differ_from_a_float64_run":
            int(((free - single["output.adversarial_images"]).abs() > 1e-6).sum())}
    case["float32_error"] = errors(values, single, double)
    tensors = {"param." + n: v for n, v in values.items()}
    tensors.update({"input." + n: v for n, v in inputs.items()})
    if case["kind"] == "mae-step-short":
        case["parameters"] = parameter_rule(model)
        tensors = {n: v for n, v in tensors.items() if not n.startswith("param.") or n.endswith("pos_embed")}
        shorten(single, double, ref.trainable(model))
    tensors.update(single)
    return tensors


def errors(values, single, double):
    """Relative L2 error of float32; for parameters after a step, of the change."""
    result = {}
    for name, exact in double.items():
        if name in ("output.adversarial_images", "output.pgd_images"):
            continue  # decided by signs: counted, not measured
        found = single[name].double()
        if name.startswith("after"):
            before = values[name.split(".", 2 if name.startswith("after_") else 1)[-1]].double()
            found, exact = found - before, exact - before
        result[name] = float(f"{((found - exact).norm() / exact.norm().clamp_min(1e-12)).item():.3g}")
    return result


def shorten(single, double, names):
    for k, name in enumerate(names):
        gradient, after = single.pop("grad." + name).flatten(), single.pop("after." + name).flatten()
        stride = max(1, gradient.numel() // 512) | 1
        single["grad_sample." + name] = gradient[::stride]
        single["after_sample." + name] = after[::stride]
        exact = double["grad." + name].flatten()
        single["grad_norm." + name] = exact.norm().float()
        single["grad_dot." + name] = (exact @ torch.from_numpy(stream(100000 + k, exact.numel())).double()).float()


def mae_inputs(generator, model, options, batch):
    patches = (model["image"] // model["patch"]) ** 2
    images, start = images_and_start(generator, model, options, batch)
    noise = uniform(generator, batch, patches)
    noise[0, 5] = noise[0, 2]  # a tie: the sort is stable
    inputs = {"images": images, "mask_noise": noise, "attack_start": start}
    if options["attack_mask"] == "fresh":
        inputs["attack_mask_noise"] = uniform(generator, batch, patches)
    return inputs


def classifier_inputs(generator, model, options, batch):
    images, start = images_and_start(generator, model, options, batch)
    kept = generator.random((model["depth"], 2, batch)) < 0.75
    return {"images": images, "labels": torch.from_numpy(generator.integers(0, model["classes"], batch)), "attack_start": start,
            "drop_path_scales": torch.from_numpy((kept / 0.75).astype(np.float32))}


def information_case(case, generator):
    options, batch = case["options"], case.pop("batch")
    shared = generator.normal(0, 1, (batch, 3))
    x = torch.from_numpy((0.5 + 0.1 * shared @ generator.normal(0, 1, (3, 27)) + generator.normal(0, 0.1, (batch, 27))).astype(np.float32))
    z = torch.from_numpy((shared @ generator.normal(0, 1, (3, 20)) + generator.normal(0, 0.3, (batch, 20))).astype(np.float32))
    estimators = {"hsic_cca": lambda a, b: ref.hsic_cca(a, b, options["sigma"], options["cca_eps"]),
                  "hsic": lambda a, b: ref.hsic(a, b, options["sigma"])}
    for rule, suffix in (("nearest", ""), ("literal", "_literal"), ("wide", "_wide")):
        widths = [ref.renyi_bandwidth(a.double(), rule) for a in (x, z)]
        options["renyi_sigma_x" + suffix], options["renyi_sigma_z" + suffix] = widths
        estimators["renyi" + suffix] = lambda a, b, w=widths: ref.renyi(a, b, *w, options["renyi_alpha"])
    tensors, case["float32_error"] = {"input.x": x, "input.z": z}, {}
    for name, estimator in estimators.items():
        results = []
        for dtype in (torch.float64, torch.float32):
            b = z.to(dtype).requires_grad_(True)
            value = estimator(x.to(dtype), b)
            results.append((value.detach(), torch.autograd.grad(value, b)[0]))
        for suffix, exact, found in zip(("", ".grad_z"), *results):
            tensors["output." + name + suffix] = exact.float()
            case["float32_error"]["output." + name + suffix] = float(f"{((found - exact).norm() / exact.norm()).item():.3g}")
    return tensors


# ------------------------------------------------------------------------------------------------ cases

def mae_case(name, kind, batch, model, **options):
    common = {"mask_ratio": 0.75, "steps": 1, "eps": 8 / 255, "alpha": 10 / 255, "attack_mask": "shared", "attack_target": "natural",
              "mi": "hsic_cca", "mi_weight": 1e-5, "sigma": 5.0, "cca_eps": 1e-5}
    return {"name": name, "kind": kind, "file": name + ".safetensors", "batch": batch, "model": model, "options": {**common, **ADAM, **options}}


def classifier_case(name, batch, model, **options):
    return {"name": name, "kind": "classifier-step", "file": name + ".safetensors", "batch": batch, "model": model,
            "options": {"eps": 8 / 255, "alpha": 2 / 255, **ADAM, **options}}


def cases():
    small = {"image": 16, "channels": 3, "patch": 4, "embed": 24, "depth": 2, "heads": 3, "mlp_ratio": 4.0}
    decoder = {"decoder_embed": 16, "decoder_depth": 1, "decoder_heads": 2}
    yield mae_case("mae_paper", "mae-step", 4, {**small, **decoder, "norm_pix_loss": True})
    yield mae_case("mae_published", "mae-step", 5,
                   {**small, **decoder, "image": 8, "patch": 2, "depth": 1, "decoder_depth": 2, "norm_pix_loss": False},
                   attack_mask="fresh", attack_target="perturbed", mi_weight=0.05)
    yield mae_case("mae_published_norm_pix", "mae-step", 3, {**small, **decoder, "depth": 1, "norm_pix_loss": True},
                   attack_mask="fresh", attack_target="perturbed", mask_ratio=0.5)
    yield mae_case("mae_grey", "mae-step", 4, {**small, **decoder, "channels": 1, "depth": 1, "mlp_ratio": 2.5, "norm_pix_loss": True},
                   mask_ratio=0.6, steps=3, alpha=4 / 255, mi="hsic", mi_weight=100.0)
    yield classifier_case("classifier_avg", 4, {**small, "classes": 10, "pool": "avg"}, steps=3, label_smoothing=0.1)
    yield classifier_case("classifier_cls", 3, {**small, "patch": 8, "depth": 1, "heads": 2, "mlp_ratio": 3.0, "classes": 7, "pool": "cls"},
                          steps=2, label_smoothing=0.0, adam_eps=1e-4)  # a key's bias has no gradient but rounding, which 1e-5 lets through
    yield {"name": "information_12", "kind": "information", "file": "information_12.safetensors", "batch": 12,
           "options": {"sigma": 5.0, "cca_eps": 1e-5, "renyi_alpha": 1.01},
           "note": "outputs are float64 results rounded to float32; float32_error is what torch's float32 gets; "
                   "bandwidths of renyi: mean of the 10 nearest distances, of _literal: the published code's, of _wide: mean squared distance"}
    yield mae_case("mae_vit_ti", "mae-step-short", 3,
                   {**small, "image": 32, "embed": 192, "depth": 12, "decoder_embed": 128, "decoder_depth": 2, "decoder_heads": 16,
                    "norm_pix_loss": True})


def write_safetensors(path, tensors):
    """As `safetensors_file.write_safetensors`, of PyTorch's tensors."""
    safetensors_file.write_safetensors(path, {name: tensor.detach().numpy() for name, tensor in tensors.items()})


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "cases")
    arguments.add_argument("--only", nargs="*", help="names of the cases to write; the index then lists only these")
    chosen = arguments.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    written = []
    for number, case in enumerate(cases()):
        if chosen.only and case["name"] not in chosen.only:
            continue
        generator = np.random.Generator(np.random.PCG64(number))
        if case["kind"] == "information":
            tensors = information_case(case, generator)
        elif case["kind"] == "classifier-step":
            tensors = step_case(case, generator, classifier_inputs, classifier_step)
        else:
            tensors = step_case(case, generator, mae_inputs, mae_step)
        write_safetensors(chosen.out / case["file"], tensors)
        written.append(case)
        print(f"{case['name']}: {len(tensors)} tensors, {(chosen.out / case['file']).stat().st_size} bytes")
    index = {"format": 1, "made_with": "torch " + torch.__version__, "tensors": TENSORS, "stream": STREAM,
             "parameter_rule": PARAMETER_RULE, "cases": written}
    (chosen.out / "index.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
