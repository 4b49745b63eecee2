"""Writes the folders and verdicts beside it with the real `safetensors` package.

Run with numpy and safetensors installed (last run: numpy 2.4.6, safetensors 0.8.0):
    python make_huggingface.py
One small model of random weights, in the official form (`xai/`, plain float32 pickles) and by the names of three
publishers; tensor names and shapes are spelled out here, apart from the reader's own table. `verdicts.txt`: what the
package says to good files and to damaged ones.
"""

import json
import os
import pickle
import random
import shutil
import struct

import numpy as np
import safetensors
from safetensors.numpy import save, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
LAYERS, D, HEADS, KV, HEAD, FFN, EXPERTS, VOCAB = 2, 16, 2, 1, 8, 16, 4, 32


def make_weights():
    """By role: all matrices as published, [out, in]."""
    rng = np.random.default_rng(20240317)

    def matrix(rows, columns):
        return (rng.standard_normal((rows, columns)) / np.sqrt(columns)).astype(np.float32)

    def norm():
        return rng.uniform(0.8, 1.2, D).astype(np.float32)

    weights = {"embedding": matrix(VOCAB, D), "norm": norm(), "layers": []}
    for _ in range(LAYERS):
        weights["layers"].append({
            "q": matrix(HEADS * HEAD, D), "k": matrix(KV * HEAD, D), "v": matrix(KV * HEAD, D),
            "o": matrix(D, HEADS * HEAD), "router": matrix(EXPERTS, D),
            "gate": [matrix(FFN, D) for _ in range(EXPERTS)],
            "down": [matrix(D, FFN) for _ in range(EXPERTS)],
            "up": [matrix(FFN, D) for _ in range(EXPERTS)],
            "norms": [norm() for _ in range(4)]})
    return weights


def hpcai(weights):
    out = {"model.embed_tokens.weight": weights["embedding"], "model.norm.scale": weights["norm"],
           "lm_head.weight": weights["embedding"]}
    for n, layer in enumerate(weights["layers"]):
        at = f"model.layers.{n}."
        for role in "qkvo":
            out[f"{at}attn.{role}_proj.weight"] = layer[role]
        out[f"{at}moe_block.gate.weight"] = layer["router"]
        for e in range(EXPERTS):
            out[f"{at}moe_block.experts.{e}.linear.weight"] = layer["gate"][e]
            out[f"{at}moe_block.experts.{e}.linear_1.weight"] = layer["down"][e]
            out[f"{at}moe_block.experts.{e}.linear_v.weight"] = layer["up"][e]
        for name, norm in zip(("pre_attn", "post_attn", "pre_moe", "post_moe"), layer["norms"]):
            out[f"{at}{name}_norm.scale"] = norm
    return out


def keyfan(weights):
    out = {"transformer.in_out_embed.weight": weights["embedding"],
           "transformer.rms_norm.weight": weights["norm"], "lm_head.weight": weights["embedding"]}
    for n, layer in enumerate(weights["layers"]):
        at = f"transformer.decoder_layer.{n}."
        for name, role in (("query", "q"), ("key", "k"), ("value", "v"), ("linear", "o")):
            out[f"{at}multi_head_attention.{name}.weight"] = layer[role]
        out[f"{at}router.weight"] = layer["router"]
        for e in range(EXPERTS):
            out[f"{at}moe.{e}.linear.weight"] = layer["gate"][e]
            out[f"{at}moe.{e}.linear_1.weight"] = layer["down"][e]
            out[f"{at}moe.{e}.linear_v.weight"] = layer["up"][e]
        for name, norm in zip(("rms_norm", "rms_norm_1", "rms_norm_2", "rms_norm_3"), layer["norms"]):
            out[f"{at}{name}.weight"] = norm
    return out


def sglang(weights):
    """Eight shares of the experts, and what all ranks have in common."""
    shares = [{} for _ in range(8)]
    common = {"model.embed_tokens.weight": weights["embedding"], "model.norm.weight": weights["norm"]}
    for n, layer in enumerate(weights["layers"]):
        at = f"model.layers.{n}."
        for role in "qkvo":
            common[f"{at}self_attn.{role}_proj.weight"] = layer[role]
        common[f"{at}block_sparse_moe.gate.weight"] = layer["router"]
        for name, norm in zip(("pre_attn", "post_attn", "pre_moe", "post_moe"), layer["norms"]):
            common[f"{at}{name}_norm.weight"] = norm
        for e in range(EXPERTS):
            for name, role, axis in (("w1", "gate", 0), ("w2", "down", 1), ("w3", "up", 0)):
                for rank, part in enumerate(np.split(layer[role][e], 8, axis=axis)):
                    shares[rank][f"{at}block_sparse_moe.experts.{e}.{name}.weight"] = np.ascontiguousarray(part)
    return shares, common


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


SIZES = {"vocab_size": VOCAB, "hidden_size": D, "intermediate_size": FFN, "num_hidden_layers": LAYERS,
         "num_attention_heads": HEADS, "num_key_value_heads": KV, "num_experts_per_tok": 2,
         "attn_output_multiplier": HEAD ** -0.5, "embedding_multiplier_scale": 4.0,
         "output_multiplier_scale": 0.5773502691896257, "rms_norm_eps": 1e-5, "pad_token_id": 0, "eos_token_id": 2,
         "max_position_embeddings": 64}


def write_models(weights):
    def fresh(name):
        folder = os.path.join(HERE, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        return folder

    folder = fresh("hpcai")
    tensors = list(hpcai(weights).items())
    files = {f"model-0000{i + 1}-of-00002.safetensors": dict(tensors[i::2]) for i in range(2)}
    for name, part in files.items():
        save_file(part, os.path.join(folder, name), metadata={"format": "pt"})
    write_json(os.path.join(folder, "model.safetensors.index.json"), {
        "metadata": {"total_size": sum(t.nbytes for _, t in tensors)},
        "weight_map": {t: name for name, part in files.items() for t in part}})
    write_json(os.path.join(folder, "config.json"), dict(
        SIZES, architectures=["Grok1ModelForCausalLM"], num_experts=EXPERTS, max_attn_value=30.0))

    folder = fresh("keyfan")
    save_file(keyfan(weights), os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    write_json(os.path.join(folder, "config.json"), dict(
        SIZES, architectures=["GrokForCausalLM"], model_type="grok", num_experts=EXPERTS, hidden_act="silu",
        rope_theta=100000.0, tie_word_embeddings=False))

    folder = fresh("sglang-tp8")
    shares, common = sglang(weights)
    for rank, part in enumerate(shares):
        save_file(part, os.path.join(folder, f"pytorch_model-00000-TP-00{rank}.safetensors"))
    save_file(common, os.path.join(folder, "pytorch_model-00000-TP-common.safetensors"))
    write_json(os.path.join(folder, "config.json"), dict(
        SIZES, architectures=["Grok1ModelForCausalLM"], model_type="mixtral", num_local_experts=EXPERTS,
        head_dim=HEAD, rope_theta=10000.0))

    folder = fresh("xai")
    os.makedirs(os.path.join(folder, "ckpt-0"))
    arrays = [weights["embedding"], weights["norm"]]
    for layer in weights["layers"]:
        arrays += [np.stack([m.T for m in layer[role]]) for role in ("gate", "down", "up")]
        arrays += [layer[role].T for role in ("k", "o", "q", "v")]
        arrays += layer["norms"] + [layer["router"].T]
    for i, array in enumerate(arrays):
        with open(os.path.join(folder, "ckpt-0", f"tensor{i:05}_000"), "wb") as file:
            pickle.dump(np.ascontiguousarray(array), file, protocol=4)
    write_json(os.path.join(folder, "config.json"), {
        "vocab_size": VOCAB, "emb_size": D, "key_size": HEAD, "num_q_heads": HEADS, "num_kv_heads": KV,
        "num_layers": LAYERS, "ffn_size": FFN, "num_experts": EXPERTS, "num_selected_experts": 2, "sequence_len": 64,
        "embedding_multiplier_scale": 4.0, "output_multiplier_scale": 0.5773502691896257,
        "attn_output_multiplier": HEAD ** -0.5, "attn_logit_cap": 30.0, "rms_norm_eps": 1e-5, "rope_base": 10000,
        "pad_token": 0, "eos_token": 2})


def accepts(data):
    try:
        safetensors.deserialize(data)
        return True
    except Exception:  # whatever it raises, it refuses
        return False


def file_of(header, data=b""):
    raw = header if isinstance(header, bytes) else header.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw + data


def good_files(rng):
    """Files as the package itself writes them."""
    types = [np.float32, np.float16, np.float64, np.int8, np.uint8, np.int16, np.int32, np.int64, np.bool_]
    for _ in range(340):
        tensors = {}
        for i in range(rng.randint(0, 4)):
            shape = [rng.choice([0, 1, 1, 2, 3]) for _ in range(rng.randint(0, 3))]
            name = rng.choice(["w", "model.norm.scale", "a b", "\u65e5\u672c", "x/y", "\"quoted\"", "back\\slash"])
            tensors[f"{name}{i}"] = np.zeros(shape, dtype=rng.choice(types))
        metadata = rng.choice([None, {"format": "pt"}, {"k": "v\n", "\u00e9": ""}])
        yield save(tensors, metadata)


ENTRY = '"{}":{{"dtype":"{}","shape":{},"data_offsets":{}}}'


def written_cases():
    """Headers of which two readers could think differently."""
    two = '{{{}"a":{{"dtype":{},"shape":{},"data_offsets":{}}},"b":{{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}{}}}'

    def case(before="", dtype='"F32"', shape="[2,1]", offsets="[0,8]", behind="", data=12):
        return file_of(two.format(before, dtype, shape, offsets, behind), b"x" * data)

    numbers = ["0", "1", "2", "-0", "-1", "1.0", "1e0", "1E0", "0.5e1", "01", "+1", "0x1", "true", "null", '"1"', "[]",
               "{}", "2147483648", "4294967296", "2305843009213693952", "4611686018427387904", "9223372036854775807",
               "9223372036854775808", "18446744073709551615", "18446744073709551616", "1e400", "NaN"]
    for n in numbers:
        yield case(shape=f"[{n}]")
        yield case(shape=f"[2,{n}]")
        yield case(shape=f"[{n},0]")
        yield case(shape=f"[{n},2,0]")
        yield case(offsets=f"[{n},8]")
        yield case(offsets=f"[0,{n}]")
        yield case(offsets=f"[0,8,{n}]")
        yield case(shape=n)
        yield case(offsets=n)
        yield case(dtype=n)
        yield case(behind=f',"c":{n}')
        yield case(behind=f',"__metadata__":{n}')
        yield case(behind=',"__metadata__":{"k":' + n + "}")
        yield case(before=f'"c":{{"dtype":"F32","shape":[0],"data_offsets":[{n},{n}]}},')
    for name in ["BOOL", "F4", "F6_E2M3", "F6_E3M2", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ",
                 "F8_E5M2FNUZ", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64", "U64", "C128",
                 "F128", "f32", "", " F32", "F8_E4M3FN", "Q4_0", "I4", "U4"]:
        for elements in (1, 2, 4, 8, 16, 64, 3):
            yield case(dtype=f'"{name}"', shape=f"[{elements}]")
    for behind in [",", ",,", "}", "} ", "} x", "}{", "}\0", ",\"c\"", ",c:{}", "/**/", "\n", "\t ", "\f", "\v", "\u00a0",
                   ',"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}',
                   ',"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}',
                   ',"c":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}',
                   ',"c":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}',
                   ',"c":{"dtype":"F32","shape":[0],"data_offsets":[9,9]}',
                   ',"c":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}',
                   ',"c":{"dtype":"F32","shape":[0],"data_offsets":[13,13]}',
                   ',"c":["F32",[0],[12,12]]', ',"c":["F32",[0],[12,12],1]', ',"c":["F32",[0]]',
                   ',"c":{"dtype":"F32","shape":[0],"data_offsets":[12,12],"x":[[[[[[[[[[1]]]]]]]]]]}',
                   ',"c":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[12,12]}',
                   ',"c":{"shape":[0],"data_offsets":[12,12]}', ',"c":{"dtype":"F32","data_offsets":[12,12]}',
                   ',"c":{"dtype":"F32","shape":[0]}', ',"":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}',
                   ',"\\u0000":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}',
                   ',"\\ud800":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}',
                   ',"\\ud83d\\ude00":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}',
                   ',"\n":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}',
                   ',"c":{"dtype":"F32","shape":[0,0,0,0,0,0,0,0,0,0],"data_offsets":[12,12]}',
                   ',"__metadata__":{"a":"1","a":"2"}', ',"__metadata__":{},"__metadata__":{}',
                   ',"__metadata__":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}', ',"__metadata__":{"a":"b"}']:
        yield case(behind=behind)
        for data in (8, 11, 13):
            yield case(behind=behind, data=data)
    for raw in [b"", b"{", b"}", b"{}", b" {}", b"{} ", b"\n{}", b"{}\n\n", b"{}\0", b"\xef\xbb\xbf{}", b"{}\xef\xbb\xbf", b"[]",
                b"null", b'"{}"', b"{}{}", b"{]", b'{"a"}', b'{"a":}', b"{\"\xff\":1}", b"{" * 200, b'{"a":' * 200]:
        yield file_of(raw)
        yield file_of(raw, b"x")
    for length in [0, 1, 2, 3, 99_999_999, 100_000_000, 100_000_001, 2 ** 31, 2 ** 32, 2 ** 63, 2 ** 64 - 1]:
        yield struct.pack("<Q", length) + b"{}"
    for size in range(9):
        yield b"\x02\0\0\0\0\0\0\0{}"[:size]


def mutations(rng, seeds, count):
    """Changes, inserts, deletes or repeats a few bytes, most of them in the header."""
    pieces = [b'"', b"{", b"}", b"[", b"]", b",", b":", b"0", b"-", b".", b"e", b" ", b"\0", b"\\", b"\xff", b"9" * 20]
    for _ in range(count):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            kind = rng.randrange(5)
            if kind == 0:
                data[at] = rng.randrange(256)
            elif kind == 1:
                data[at:at] = rng.choice(pieces)
            elif kind == 2:
                del data[at:at + rng.randint(1, 6)]
            elif kind == 3:
                data[at:at] = data[at:at + rng.randint(1, 12)]
            else:
                data[at:at + 1] = rng.choice(pieces)
            if not data:
                data = bytearray(b"\0")
            # Half of them keep the length right, else most would fail there.
            if rng.random() < 0.5 and len(data) > 20:
                data[:8] = struct.pack("<Q", max(0, len(data) - 8 - rng.choice([0, 4, 8, 12])))
        yield bytes(data)


def write_verdicts():
    rng = random.Random(20240317)
    good = list(good_files(rng))
    cases = dict.fromkeys(("good", data) for data in good)
    cases.update(dict.fromkeys(("case", data) for data in written_cases()))
    seeds = [file_of("{" + ENTRY.format("a", "F32", "[2,1]", "[0,8]") + "," + ENTRY.format("b", "BF16", "[2]", "[8,12]") +
                     "}", b"x" * 12)] + [data for data in good if 60 < len(data) < 200][:10]
    cases.update(dict.fromkeys(("case", data) for data in mutations(rng, seeds, 800)))
    with open(os.path.join(HERE, "verdicts.txt"), "w", encoding="ascii") as file:
        for kind, data in cases:
            verdict = "good" if kind == "good" else "accepts" if accepts(data) else "refuses"
            assert kind != "good" or accepts(data)
            file.write(f"{verdict} {data.hex()}\n")


if __name__ == "__main__":
    write_models(make_weights())
    write_verdicts()
