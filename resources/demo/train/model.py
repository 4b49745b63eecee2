"""Grok-1's decoder in PyTorch, for training: bf16 matrix products, f32 for norms, router, softmax
and loss.

The arithmetic is that of the reference (xai-org/grok-1 model.py): four RMS norms a layer, rotary
positions by halves, scores capped by 30*tanh(x/30), a softmax over all experts before the two best
are taken, gates not renormalised, GeGLU with tanh, tied embedding. Weights are stored [in, out].
`forward` runs on CPU and GPU. The parts between the expert products are fused by torch.compile.
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HALF = torch.bfloat16


@dataclass(frozen=True)
class Config:
    vocab_size: int = 4096
    emb_size: int = 192
    key_size: int = 48
    num_q_heads: int = 4
    num_kv_heads: int = 2
    num_layers: int = 6
    widening_factor: float = 2.0
    ffn_size: int = 256
    num_experts: int = 8
    num_selected_experts: int = 2
    sequence_len: int = 1024
    rms_norm_eps: float = 1e-5
    rope_base: int = 10000
    attn_logit_cap: float = 30.0
    model_shards: int = 8

    def checkpoint_json(self) -> dict:
        """The config.json beside ckpt-0: the sizes, and the multipliers that follow from them."""
        return asdict(self) | {
            "embedding_multiplier_scale": math.sqrt(self.emb_size),
            "output_multiplier_scale": 1 / math.sqrt(3),
            "attn_output_multiplier": 1 / math.sqrt(self.key_size),
            "pad_token": 0,
            "eos_token": 2,
        }


def rms_norm(x: Tensor, scale: Tensor, eps: float = 1e-5) -> Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * scale


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions; element i pairs with element i + size/2. x [batch, tokens, heads, key];
    cos, sin [tokens, 1, key/2].
    """
    a, b = x.float().chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


def queries_keys_values(
    h: Tensor, layer: dict[str, Tensor], cos: Tensor, sin: Tensor, config: Config
) -> tuple[Tensor, Tensor, Tensor]:
    """Residual stream [batch, tokens, emb] -> q [batch * kv heads, group, tokens, key], k and v
    [batch * kv heads, tokens, key], all bf16.

    Query head h reads kv head h // group, so the heads of one group lie side by side and share one
    matrix product.
    """
    batch, tokens, _ = h.shape
    x = rms_norm(h, layer["norm0"]).to(HALF)
    shape = (batch, tokens, -1, config.key_size)
    q = rotate((x @ layer["query"]).view(shape), cos, sin).to(HALF)
    k = rotate((x @ layer["key"]).view(shape), cos, sin).to(HALF)
    v = (x @ layer["value"]).view(shape)
    group = config.num_q_heads // config.num_kv_heads
    q = q.permute(0, 2, 1, 3).reshape(-1, group, tokens, config.key_size).contiguous()
    return q, *(
        t.permute(0, 2, 1, 3).reshape(-1, tokens, config.key_size).contiguous() for t in (k, v)
    )


def capped_weights(
    products: Tensor, first: int, scale: float, cap: float
) -> tuple[Tensor, Tensor, Tensor]:
    """q.k products [n, group, queries, keys] of queries `first`... -> exp(capped score), its row
    sums, and what its backward needs.

    As no score is above the cap (30), exp needs no running maximum. The derivative of exp(cap *
    tanh(x / cap)) is itself times 1 - tanh^2.
    """
    e = torch.exp(products.float() * (2 * scale / cap))
    t = 1 - 2 / (e + 1)  # tanh
    rows = first + torch.arange(products.shape[2], device=products.device)
    keys = torch.arange(products.shape[3], device=products.device)
    weights = torch.where(rows[:, None] >= keys[None, :], torch.exp(cap * t), 0.0)
    return weights.to(HALF), weights.sum(-1), (weights * (1 - t * t)).to(HALF)


def score_gradient(slope: Tensor, grad: Tensor, row: Tensor, scale: float) -> Tensor:
    return (slope.float() * (grad.float() - row.unsqueeze(-1)) * scale).to(HALF)


class Attention(torch.autograd.Function):
    """Causal attention with capped scores in blocks of 128 queries, so that what lies after a block
    is never computed.
    """

    BLOCK = 128
    weigh = staticmethod(capped_weights)
    backward_of_scores = staticmethod(score_gradient)

    @staticmethod
    def forward(ctx, q, k, v, cap):
        n, group, tokens, size = q.shape
        out = torch.empty_like(q)
        saved = []
        for first in range(0, tokens, Attention.BLOCK):
            end = min(tokens, first + Attention.BLOCK)
            block = q[:, :, first:end].reshape(n, -1, size)
            products = torch.bmm(block, k[:, :end].transpose(1, 2)).view(n, group, end - first, end)
            weights, sums, slope = Attention.weigh(products, first, size**-0.5, cap)
            mixed = torch.bmm(weights.view(n, -1, end), v[:, :end]).view(
                n, group, end - first, size
            )
            out[:, :, first:end] = mixed / sums.unsqueeze(-1)
            saved += [weights, sums, slope]
        ctx.save_for_backward(q, k, v, out, *saved)
        return out

    @staticmethod
    def backward(ctx, grad):
        q, k, v, out, *saved = ctx.saved_tensors
        n, group, tokens, size = q.shape
        dq = torch.empty_like(q)
        dk, dv = torch.zeros_like(k, dtype=torch.float32), torch.zeros_like(v, dtype=torch.float32)
        for i, first in enumerate(range(0, tokens, Attention.BLOCK)):
            end = min(tokens, first + Attention.BLOCK)
            weights, sums, slope = saved[3 * i : 3 * i + 3]
            g = grad[:, :, first:end] / sums.unsqueeze(-1)
            row = (g * out[:, :, first:end]).sum(-1)
            g = g.to(HALF).reshape(n, -1, size)
            dweights = torch.bmm(g, v[:, :end].transpose(1, 2)).view_as(weights)
            dscores = Attention.backward_of_scores(slope, dweights, row, size**-0.5).view(
                n, -1, end
            )
            dv[:, :end] += torch.bmm(weights.view(n, -1, end).transpose(1, 2), g)
            dk[:, :end] += torch.bmm(
                dscores.transpose(1, 2), q[:, :, first:end].reshape(n, -1, size)
            )
            dq[:, :, first:end] = torch.bmm(dscores, k[:, :end]).view(n, group, end - first, size)
        return dq, dk.to(HALF), dv.to(HALF), None


def attention_out_and_router(
    h: Tensor, mixed: Tensor, layer: dict[str, Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """-> the residual stream after attention, the MoE's input (bf16), the router's probabilities
    (f32).
    """
    batch, tokens, _ = h.shape
    heads = (
        mixed.view(batch, -1, tokens, mixed.shape[-1])
        .permute(0, 2, 1, 3)
        .reshape(batch, tokens, -1)
    )
    h = h + rms_norm((heads @ layer["attention_out"]).float(), layer["norm1"])
    m = rms_norm(h, layer["norm2"])
    return h, m.to(HALF), torch.softmax(m @ layer["router"], -1)


def geglu(gate: Tensor, up: Tensor) -> Tensor:
    return (F.gelu(gate.float(), approximate="tanh") * up.float()).to(HALF)


def combine(h: Tensor, expert_out: Tensor, gates: Tensor, scale: Tensor) -> Tensor:
    """Adds the normalised, gate-weighted sum of each token's experts. expert_out [tokens, selected,
    emb]; gates [tokens, selected].
    """
    moe = (expert_out.float() * gates.unsqueeze(-1)).sum(1).view_as(h)
    return h + rms_norm(moe, scale)


def token_losses(h: Tensor, scale: Tensor, embedding: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of each position in nats, f32 [positions]."""
    logits = (rms_norm(h, scale).to(HALF).flatten(0, 1) @ embedding.t()).float() * (
        1 / math.sqrt(3)
    )
    return torch.logsumexp(logits, -1) - logits.gather(1, targets.reshape(-1, 1)).squeeze(1)


class Dispatch(torch.autograd.Function):
    """Rows of x in expert order: row s of the result is token slots[s] // selected. Its backward is
    a gather, not a scatter.
    """

    @staticmethod
    def forward(ctx, x, slots, place, selected):
        ctx.place, ctx.selected = place, selected
        return x.index_select(0, slots // selected)

    @staticmethod
    def backward(ctx, grad):
        grad = grad.index_select(0, ctx.place)
        return grad.view(-1, ctx.selected, grad.shape[1]).sum(1), None, None, None


class Collect(torch.autograd.Function):
    """Rows in expert order back to token order: the inverse permutation of Dispatch's."""

    @staticmethod
    def forward(ctx, y, slots, place):
        ctx.slots = slots
        return y.index_select(0, place)

    @staticmethod
    def backward(ctx, grad):
        return grad.index_select(0, ctx.slots), None, None


class GroupedLinear(torch.autograd.Function):
    """y[rows of e] = x[rows of e] @ w[e]; rows are sorted by expert, `ends` holds each expert's
    last row + 1. No token is dropped.
    """

    @staticmethod
    def forward(ctx, x, w, ends):
        ctx.save_for_backward(x, w)
        ctx.ends = ends
        y = x.new_empty(x.shape[0], w.shape[2])
        for e, (start, end) in enumerate(zip([0] + ends[:-1], ends)):
            torch.mm(x[start:end], w[e], out=y[start:end])
        return y

    @staticmethod
    def backward(ctx, grad):
        x, w = ctx.saved_tensors
        grad = grad.contiguous()
        dx, dw = torch.empty_like(x), torch.empty_like(w)
        for e, (start, end) in enumerate(zip([0] + ctx.ends[:-1], ctx.ends)):
            torch.mm(grad[start:end], w[e].t(), out=dx[start:end])
            torch.mm(x[start:end].t(), grad[start:end], out=dw[e])
        return dx, dw, None


class Grok(nn.Module):
    MATRICES = ("query", "key", "value", "attention_out", "gate", "up", "down")

    def __init__(self, config: Config, compiled: bool = True):
        super().__init__()
        self.config = config
        d, kv, f, n = (
            config.emb_size,
            config.num_kv_heads * config.key_size,
            config.ffn_size,
            config.num_experts,
        )
        q = config.num_q_heads * config.key_size

        def matrix(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape) * shape[-2] ** -0.5)

        self.embedding = nn.Parameter(torch.randn(config.vocab_size, d) * d**-0.5)
        self.final_norm = nn.Parameter(torch.ones(d))
        self.layers = nn.ModuleList(
            nn.ParameterDict(
                {
                    "norm0": nn.Parameter(torch.ones(d)),
                    "norm1": nn.Parameter(torch.full((d,), 0.5)),
                    "norm2": nn.Parameter(torch.ones(d)),
                    "norm3": nn.Parameter(torch.full((d,), 0.5)),
                    "query": matrix(d, q),
                    "key": matrix(d, kv),
                    "value": matrix(d, kv),
                    "attention_out": matrix(q, d),
                    "router": nn.Parameter(torch.randn(d, n) * 0.02),
                    "gate": matrix(n, d, f),
                    "up": matrix(n, d, f),
                    "down": matrix(n, f, d),
                }
            )
            for _ in range(config.num_layers)
        )
        fixed, varying = (
            (
                (lambda f: torch.compile(f, dynamic=False)),
                (lambda f: torch.compile(f, dynamic=True)),
            )
            if compiled
            else (lambda f: f,) * 2
        )
        self.queries_keys_values, self.attention_out_and_router = fixed(queries_keys_values), fixed(
            attention_out_and_router
        )
        self.combine, self.token_losses, self.geglu = (
            fixed(combine),
            fixed(token_losses),
            varying(geglu),
        )
        Attention.weigh, Attention.backward_of_scores = fixed(capped_weights), fixed(score_gradient)
        self.rotary: dict[tuple, tuple[Tensor, Tensor]] = {}

    def rotary_tables(self, tokens: int, device) -> tuple[Tensor, Tensor]:
        if (tokens, device) not in self.rotary:
            half = (
                torch.arange(0, self.config.key_size, 2, device=device, dtype=torch.float32)
                / self.config.key_size
            )
            angle = (
                torch.arange(tokens, device=device, dtype=torch.float32)[:, None]
                * self.config.rope_base ** -half[None, :]
            )
            self.rotary[tokens, device] = (angle.cos()[:, None, :], angle.sin()[:, None, :])
        return self.rotary[tokens, device]

    def forward(self, ids: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """ids [batch, tokens] -> residual stream before the final norm; per layer the router's
        probabilities and the chosen experts.
        """
        config = self.config
        selected = config.num_selected_experts
        cos, sin = self.rotary_tables(ids.shape[1], ids.device)
        h = F.embedding(ids, self.embedding) * math.sqrt(config.emb_size)
        all_probs, all_experts = [], []
        for parameters in self.layers:
            layer = {
                name: p.to(HALF) if name in self.MATRICES else p for name, p in parameters.items()
            }
            q, k, v = self.queries_keys_values(
                h,
                {name: layer[name] for name in ("norm0", "query", "key", "value")},
                cos,
                sin,
                config,
            )
            mixed = Attention.apply(q, k, v, config.attn_logit_cap)
            h, m, probs = self.attention_out_and_router(
                h,
                mixed,
                {name: layer[name] for name in ("attention_out", "norm1", "norm2", "router")},
            )
            probs = probs.flatten(0, 1)
            gates, experts = probs.topk(selected, -1)
            flat = experts.flatten()
            slots = flat.argsort(
                stable=True
            )  # slot s of expert order holds (token, choice) slots[s]
            place = torch.empty_like(slots)
            place[slots] = torch.arange(slots.numel(), device=ids.device)
            ends = torch.bincount(flat, minlength=config.num_experts).cumsum(0).tolist()
            x = Dispatch.apply(m.flatten(0, 1), slots, place, selected)
            inner = self.geglu(
                GroupedLinear.apply(x, layer["gate"], ends),
                GroupedLinear.apply(x, layer["up"], ends),
            )
            y = Collect.apply(GroupedLinear.apply(inner, layer["down"], ends), slots, place)
            h = self.combine(h, y.view(-1, selected, config.emb_size), gates, layer["norm3"])
            all_probs.append(probs)
            all_experts.append(experts)
        return h, all_probs, all_experts

    def losses(self, h: Tensor, targets: Tensor) -> Tensor:
        return self.token_losses(h, self.final_norm, self.embedding.to(HALF), targets)
