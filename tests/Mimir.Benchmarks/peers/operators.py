"""The two operators that decide a Vision Transformer's speed, in stock form and in the fastest eager form found.

Both forms compute the same values; `torch_step.py --check` shows it.
"""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from vit import Linear


class Stock:
    """What anyone would write."""

    visible_first = False

    def linear(self, x: Tensor, layer: Linear) -> Tensor:
        """x W' + b."""
        return F.linear(x, layer.matrix(), layer.bias)

    def attention(self, qkv: Tensor, heads: int) -> Tensor:
        """softmax(q k' / sqrt d) v of [B, T, 3C]."""
        b, t, triple = qkv.shape
        d = triple // (3 * heads)
        q, k, v = qkv.view(b, t, 3, heads, d).permute(2, 0, 3, 1, 4).reshape(3, b * heads, t, d).unbind(0)
        p = torch.softmax(torch.bmm(q * d ** -0.5, k.transpose(1, 2)), -1)
        return torch.bmm(p, v).view(b, heads, t, d).transpose(1, 2).reshape(b, t, heads * d)


class Tuned:
    """oneDNN's convolution for the products, attention as one node of the graph."""

    visible_first = True  # hidden patches are dropped before they are embedded: a quarter of that layer's work

    def linear(self, x: Tensor, layer: Linear) -> Tensor:
        """As Stock.linear."""
        rows = x.reshape(-1, x.shape[-1])
        y = _TunedLinear.apply(rows, layer.matrix(), layer.bias, layer.turned)
        return y.view(*x.shape[:-1], y.shape[-1])

    def attention(self, qkv: Tensor, heads: int) -> Tensor:
        """As Stock.attention."""
        return _TunedAttention.apply(qkv, heads)


def multiply(x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [M, K] times w [N, K] transposed, as a 1x1 convolution over M pixels of K channels.

    oneDNN's kernel beats OpenBLAS's here: it packs only the weights, and adds the bias on its way out.
    """
    m, k = x.shape
    n = w.shape[0]
    pixels = x.view(1, 1, m, k).permute(0, 3, 1, 2)
    y = torch.mkldnn_convolution(pixels, w.view(n, k, 1, 1), bias, (0, 0), (1, 1), (1, 1), 1)
    return y.permute(0, 2, 3, 1).reshape(m, n)


class _TunedLinear(torch.autograd.Function):
    """x W' + b. `turned` is W' laid out anew once a step; an attack uses it in each of its backward passes."""

    @staticmethod
    def forward(ctx, x, weight, bias, turned):
        ctx.save_for_backward(x, weight)
        ctx.turned = turned
        return multiply(x, weight, bias)

    @staticmethod
    def backward(ctx, g):
        x, weight = ctx.saved_tensors
        g = g.contiguous()
        turned = ctx.turned
        if ctx.needs_input_grad[0] and turned is None:
            turned = weight.t().contiguous()
        to_input = multiply(g, turned) if ctx.needs_input_grad[0] else None
        to_weight = torch.mm(g.t(), x) if ctx.needs_input_grad[1] else None
        to_bias = g.sum(0) if ctx.needs_input_grad[2] else None
        return to_input, to_weight, to_bias, None


class _TunedAttention(torch.autograd.Function):
    """Attention whose backward pass writes one gradient for q, k and v: no stacking, no slices, scale inside the products."""

    @staticmethod
    def forward(ctx, qkv, heads):
        b, t, triple = qkv.shape
        d = triple // (3 * heads)
        q, k, v = qkv.view(b, t, 3, heads, d).permute(2, 0, 3, 1, 4).unbind(0)
        q = q.reshape(b * heads, t, d)
        turned_k = k.transpose(2, 3).reshape(b * heads, d, t)
        v = v.reshape(b * heads, t, d)
        scores = torch.baddbmm(q.new_empty(b * heads, t, t), q, turned_k, beta=0, alpha=d ** -0.5)
        p = torch.softmax(scores, -1)
        ctx.save_for_backward(q, turned_k, v, p)
        ctx.sizes = b, t, heads, d
        return torch.bmm(p, v).view(b, heads, t, d).transpose(1, 2).reshape(b, t, heads * d)

    @staticmethod
    def backward(ctx, g):
        q, turned_k, v, p = ctx.saved_tensors
        b, t, heads, d = ctx.sizes
        g = g.view(b, t, heads, d).transpose(1, 2).reshape(b * heads, t, d)
        to_scores = torch._softmax_backward_data(torch.bmm(g, v.transpose(1, 2)), p, -1, p.dtype)
        result = q.new_empty(b, t, 3, heads, d)
        to_q, to_k, to_v = result.permute(2, 0, 3, 1, 4).unbind(0)
        blank = q.new_empty(b * heads, t, d)
        scale = d ** -0.5

        def split(x: Tensor) -> Tensor:
            return x.view(b, heads, t, d)

        to_q.copy_(split(torch.baddbmm(blank, to_scores, turned_k.transpose(1, 2), beta=0, alpha=scale)))
        to_k.copy_(split(torch.baddbmm(blank, to_scores.transpose(1, 2), q, beta=0, alpha=scale)))
        to_v.copy_(split(torch.bmm(p.transpose(1, 2), g)))
        return result.view(b, t, 3 * heads * d), None
