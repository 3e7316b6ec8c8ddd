"""The models, attacks and estimators of the golden cases as plain functions of a dictionary of parameters.

Everything runs in the dtype of its arguments, so one text gives both the float32 results and the float64 run that they are
measured against. Names, shapes and state-dict order are those of timm and MAE.
"""
import numpy as np
import torch
import torch.nn.functional as F

EPSILON = 1e-6  # of every LayerNorm


# ------------------------------------------------------------------------------------------------ parameters

def _block_shapes(prefix, width, hidden):
    return {
        prefix + "norm1.weight": (width,), prefix + "norm1.bias": (width,),
        prefix + "attn.qkv.weight": (3 * width, width), prefix + "attn.qkv.bias": (3 * width,),
        prefix + "attn.proj.weight": (width, width), prefix + "attn.proj.bias": (width,),
        prefix + "norm2.weight": (width,), prefix + "norm2.bias": (width,),
        prefix + "mlp.fc1.weight": (hidden, width), prefix + "mlp.fc1.bias": (hidden,),
        prefix + "mlp.fc2.weight": (width, hidden), prefix + "mlp.fc2.bias": (width,),
    }


def shapes(model):
    """Name -> shape in state-dict order. A model with a decoder is a masked auto-encoder, the others are classifiers."""
    width, patch, channels = model["embed"], model["patch"], model["channels"]
    patches = (model["image"] // patch) ** 2
    hidden = int(width * model["mlp_ratio"])
    auto = "decoder_embed" in model
    result = {"cls_token": (1, 1, width), "pos_embed": (1, patches + 1, width)}
    if auto:
        narrow = model["decoder_embed"]
        result["mask_token"] = (1, 1, narrow)
        result["decoder_pos_embed"] = (1, patches + 1, narrow)
    result["patch_embed.proj.weight"] = (width, channels, patch, patch)
    result["patch_embed.proj.bias"] = (width,)
    for i in range(model["depth"]):
        result.update(_block_shapes(f"blocks.{i}.", width, hidden))
    if auto:
        result.update({"norm.weight": (width,), "norm.bias": (width,),
                       "decoder_embed.weight": (narrow, width), "decoder_embed.bias": (narrow,)})
        for i in range(model["decoder_depth"]):
            result.update(_block_shapes(f"decoder_blocks.{i}.", narrow, int(narrow * model["mlp_ratio"])))
        values = patch * patch * channels
        result.update({"decoder_norm.weight": (narrow,), "decoder_norm.bias": (narrow,),
                       "decoder_pred.weight": (values, narrow), "decoder_pred.bias": (values,)})
    else:
        norm = "fc_norm" if model["pool"] == "avg" else "norm"
        result.update({norm + ".weight": (width,), norm + ".bias": (width,),
                       "head.weight": (model["classes"], width), "head.bias": (model["classes"],)})
    return result


def trainable(model):
    """Names in state-dict order; the auto-encoder's position tables are frozen, the classifier's is trained."""
    frozen = ("pos_embed", "decoder_pos_embed") if "decoder_embed" in model else ()
    return [name for name in shapes(model) if name not in frozen]


def position_table(width, grid):
    """[1, 1 + grid², width], zero for the class token; the first half of a row codes the column, the second the row."""
    rates = 10000.0 ** (-np.arange(width // 4) / (width / 4.0))
    row, column = np.divmod(np.arange(grid * grid), grid)
    angles = [np.outer(where, rates) for where in (column, row)]
    table = np.concatenate([np.concatenate([np.sin(a), np.cos(a)], 1) for a in angles], 1)
    return np.concatenate([np.zeros((1, width)), table]).astype(np.float32)[None]


# ------------------------------------------------------------------------------------------------ forward passes

def _linear(p, name, x):
    return x @ p[name + ".weight"].t() + p[name + ".bias"]


def _norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"], p[name + ".bias"], EPSILON)


def _attention(p, name, x, heads):
    batch, tokens, width = x.shape
    qkv = _linear(p, name + ".qkv", x).view(batch, tokens, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    q, k, v = qkv[0], qkv[1], qkv[2]
    weights = torch.softmax(q @ k.transpose(-1, -2) * (width // heads) ** -0.5, -1)
    return _linear(p, name + ".proj", (weights @ v).transpose(1, 2).reshape(batch, tokens, width))


def _block(p, name, x, heads, scales=None):
    attention = _attention(p, name + ".attn", _norm(p, name + ".norm1", x), heads)
    x = x + (attention if scales is None else attention * scales[0][:, None, None])
    hidden = F.gelu(_linear(p, name + ".mlp.fc1", _norm(p, name + ".norm2", x)))
    mlp = _linear(p, name + ".mlp.fc2", hidden)
    return x + (mlp if scales is None else mlp * scales[1][:, None, None])


def _cut(images, patch, axes):
    batch, channels, side, _ = images.shape
    grid = side // patch
    cut = images.reshape(batch, channels, grid, patch, grid, patch).permute(*axes)
    return cut.reshape(batch, grid * grid, channels * patch * patch)


def _embed_patches(p, model, images):
    rows = _cut(images, model["patch"], (0, 2, 4, 1, 3, 5))  # (channel, row, column), as the convolution's weight
    return rows @ p["patch_embed.proj.weight"].flatten(1).t() + p["patch_embed.proj.bias"]


def encode(p, model, images, noise, ratio):
    """Latent [B, K+1, D], mask [B, L] (1 = removed), restore [B, L]."""
    x = _embed_patches(p, model, images) + p["pos_embed"][:, 1:]
    batch, patches, width = x.shape
    kept = int(patches * (1 - ratio))
    order = torch.sort(noise, dim=1, stable=True)[1]
    restore = torch.sort(order, dim=1, stable=True)[1]
    x = torch.gather(x, 1, order[:, :kept, None].expand(-1, -1, width))
    token = (p["cls_token"] + p["pos_embed"][:, :1]).expand(batch, -1, -1)
    x = torch.cat([token, x], 1)
    for i in range(model["depth"]):
        x = _block(p, f"blocks.{i}", x, model["heads"])
    return _norm(p, "norm", x), (restore >= kept).to(x.dtype), restore


def decode(p, model, latent, restore):
    """Reconstruction [B, L, patch² · channels]."""
    x = _linear(p, "decoder_embed", latent)
    batch, visible, width = x.shape
    patches = restore.shape[1]
    full = torch.cat([x[:, 1:], p["mask_token"].expand(batch, patches + 1 - visible, -1)], 1)
    full = torch.gather(full, 1, restore[:, :, None].expand(-1, -1, width))
    x = torch.cat([x[:, :1], full], 1) + p["decoder_pos_embed"]
    for i in range(model["decoder_depth"]):
        x = _block(p, f"decoder_blocks.{i}", x, model["decoder_heads"])
    return _linear(p, "decoder_pred", _norm(p, "decoder_norm", x))[:, 1:]


def reconstruction_loss(model, images, pred, mask):
    target = _cut(images, model["patch"], (0, 2, 4, 3, 5, 1))  # (row, column, channel)
    if model["norm_pix_loss"]:
        variance, mean = torch.var_mean(target, -1, unbiased=True, keepdim=True)
        target = (target - mean) / torch.sqrt(variance + 1e-6)
    return (((pred - target) ** 2).mean(-1) * mask).sum() / mask.sum()


def classify(p, model, images, scales=None):
    """Logits [B, classes]; scales [depth, 2, B] are the drop-path factors of the attention and MLP branches."""
    x = _embed_patches(p, model, images)
    x = torch.cat([p["cls_token"].expand(x.shape[0], -1, -1), x], 1) + p["pos_embed"]
    for i in range(model["depth"]):
        x = _block(p, f"blocks.{i}", x, model["heads"], None if scales is None else scales[i])
    pooled = _norm(p, "fc_norm", x[:, 1:].mean(1)) if model["pool"] == "avg" else _norm(p, "norm", x)[:, 0]
    return _linear(p, "head", pooled)


# ------------------------------------------------------------------------------------------------ attack

def pgd(loss, images, start, steps, eps, alpha):
    """Gradients and images of every step, [steps, ...] each; `loss` is a function of the attacked images."""
    gradients, visited = [], []
    adversarial = (images + start).clamp(0, 1)
    for _ in range(steps):
        adversarial = adversarial.detach().requires_grad_(True)
        gradient, = torch.autograd.grad(loss(adversarial), adversarial)
        moved = adversarial.detach() + alpha * gradient.sign()
        adversarial = (images + (moved - images).clamp(-eps, eps)).clamp(0, 1)
        gradients.append(gradient)
        visited.append(adversarial)
    return torch.stack(gradients), torch.stack(visited)


# ------------------------------------------------------------------------------------------------ information

def _squared_distances(a):
    return ((a[:, None] - a[None]) ** 2).sum(-1)


def _rbf(a, sigma):
    return torch.exp(-_squared_distances(a) / (2 * sigma * sigma * a.shape[1]))


def _centring(a):
    rows = a.shape[0]
    return torch.eye(rows, dtype=a.dtype) - 1.0 / rows


def hsic(x, z, sigma):
    h = _centring(x)
    return torch.trace(_rbf(x, sigma) @ h @ _rbf(z, sigma) @ h) / (x.shape[0] - 1) ** 2


def hsic_cca(x, z, sigma, ridge):
    h = _centring(x)
    eye = torch.eye(x.shape[0], dtype=x.dtype)

    def normalised(a):
        k = h @ _rbf(a, sigma) @ h
        return k @ torch.linalg.inv(k + ridge * x.shape[0] * eye)

    return torch.trace(normalised(x) @ normalised(z))


def renyi(x, z, bandwidth_x, bandwidth_z, alpha):
    def entropy(k):
        values = torch.linalg.eigvalsh(k / torch.trace(k)).clamp_min(0)
        return torch.log2((values ** alpha).sum()) / (1 - alpha)

    kx = torch.exp(-_squared_distances(x) / bandwidth_x)
    kz = torch.exp(-_squared_distances(z) / bandwidth_z)
    return entropy(kx) + entropy(kz) - entropy(kx * kz)


def renyi_bandwidth(a, rule):
    """`nearest` and `literal` (as published) are means of distances, `wide` is the mean of squared distances."""
    squared = _squared_distances(a)
    if rule == "wide":
        return squared.mean().item()
    distances = squared.sqrt()
    return (torch.sort(distances, 1)[0][:, :10] if rule == "nearest" else distances[:10]).mean().item()


# ------------------------------------------------------------------------------------------------ optimiser

def adamw(parameters, gradients, options, settings):
    """Parameters after one step from zero moments; settings: name -> (rate scale, weight decay)."""
    b1, b2 = options["beta1"], options["beta2"]
    after = {}
    for name, gradient in gradients.items():
        scale, decay = settings[name]
        rate = options["lr"] * scale
        leaf = parameters[name].detach().clone().requires_grad_(True)
        leaf.grad = gradient.clone()
        torch.optim.AdamW([leaf], rate, (b1, b2), options["adam_eps"], decay).step()
        after[name] = leaf.detach()
    return after


def pretraining_settings(parameters, options):
    return {name: (1.0, options["weight_decay"] if value.ndim > 1 and not name.endswith(".bias") else 0.0)
            for name, value in parameters.items()}


def finetuning_settings(parameters, options, depth, layer_decay):
    def layer(name):
        if name in ("cls_token", "pos_embed") or name.startswith("patch_embed"):
            return 0
        return int(name.split(".")[1]) + 1 if name.startswith("blocks.") else depth + 1

    return {name: (layer_decay ** (depth + 1 - layer(name)),
                   0.0 if value.ndim <= 1 or name in ("cls_token", "pos_embed") else options["weight_decay"])
            for name, value in parameters.items()}
