#include <fmt/format.h>

#include <utility>

#include "engine/check.h"
#include "engine/decoder/cpu/cpu_decoder.h"
#include "engine/decoder/cpu/linear.h"
#include "engine/decoder/cpu/panel_layout.h"
#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/decoder/cuda/cuda_module.h"
#include "engine/decoder/decoder.h"
#include "engine/decoder/reference/reference_decoder.h"
#include "engine/decoder/workers.h"
#include "engine/error.h"
#include "kernels/cpu/panel_matmul.h"

namespace gatescope {

namespace {

/// Only the reference rounds as the JAX code does, so bf16 on the CPU is the reference, and the
/// decoder says so by its name and device.
bool isReference(const DecoderOptions& options) {
    return options.kind == "reference" ||
           (options.kind == "cpu" && options.precision == Precision::BF16);
}

/// The experts are nearly all of a model: what they take decides.
Precision precisionOf(const ModelWeights& weights, Precision asked) {
    const MatrixView& experts = weights.layers.front().expertGate;
    const cpu::Rounding takes = cpu::roundingFor(experts);
    if (asked == Precision::Int8 && !takes.int8)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("precision int8 needs experts stored in blocks (q4_0 to q8_0, q2_k "
                                "to q6_k, iq4_nl, iq4_xs, mxfp4), these are {}; leave it out",
                                name(experts.dtype)));
    if (asked == Precision::Mixed && !takes.bf16)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("precision mixed needs experts stored in bf16, these are {}; leave "
                                "it out",
                                name(experts.dtype)));
    if (asked != Precision::Auto) return asked;
    if (takes.int8) return Precision::Int8;
    return takes.bf16 && kernels::hasBf16Products() ? Precision::Mixed : Precision::F32;
}

}  // namespace

std::string toString(Precision precision) {
    switch (precision) {
        case Precision::Auto:
            return "auto";
        case Precision::F32:
            return "f32";
        case Precision::BF16:
            return "bf16";
        case Precision::Int8:
            return "int8";
        case Precision::Mixed:
            return "mixed";
    }
    return {};
}

bool readsPanels(const DecoderOptions& options) {
    return options.kind == "cpu" && !isReference(options);
}

bool takesArrivingWeights(const DecoderOptions& options) {
    return readsPanels(options) || options.kind == "cuda";
}

DType cacheTypeOf(const DecoderOptions& options, DType expertType) {
    const bool unasked =
        isBlockType(expertType) || (expertType == DType::BF16 && kernels::hasBf16Products());
    const bool rounded = !isReference(options) && options.precision != Precision::F32 &&
                         (options.precision != Precision::Auto || unasked);
    const DType type = options.cacheType.value_or(rounded ? DType::F16 : DType::F32);
    if (isReference(options) && type != DType::F32)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("the reference decoder keeps keys and values as f32, not as {}",
                                name(type)));
    if (type != DType::F32 && type != DType::F16 && type != DType::BF16 && type != DType::I8)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("a KV cache of {} does not exist: expected f32, f16, bf16 or i8",
                                name(type)));
    return type;
}

bool layOutWeights(ModelWeights& weights,
                   const DecoderOptions& options,
                   const std::stop_token& stop) {
    if (!readsPanels(options)) return true;
    WorkerPool pool(threadsOf(options), topologyOf(options));
    return cpu::layOutInPanels(weights, pool, stop);
}

std::unique_ptr<Decoder> makeDecoder(std::shared_ptr<const ModelWeights> weights,
                                     const DecoderOptions& options,
                                     const std::stop_token& stop) {
    GS_CHECK(weights != nullptr);
    GS_CHECK(!weights->arrival || takesArrivingWeights(options));
    const int numThreads = threadsOf(options);
    if (isReference(options)) {
        if (options.precision == Precision::Int8 || options.precision == Precision::Mixed)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("the reference decoder computes in f32 or bf16, not in {}",
                                    toString(options.precision)));
        (void)cacheTypeOf(options, DType::F32);  // throws for what it does not have
        return std::make_unique<ReferenceDecoder>(
            std::move(weights),
            options.precision == Precision::BF16 ? Precision::BF16 : Precision::F32);
    }
    if (options.kind == "cpu") {
        DecoderOptions resolved = options;
        resolved.precision = precisionOf(*weights, options.precision);
        const DType cacheType = cacheTypeOf(resolved, weights->layers.front().expertGate.dtype);
        return std::make_unique<CpuDecoder>(
            std::move(weights), numThreads, resolved.precision, cacheType, topologyOf(options));
    }
    if (options.kind == "cuda") {
        if (options.precision == Precision::BF16)
            throw Error(ErrorKind::BadUsage,
                        "the cuda decoder computes in f32, mixed or int8, not in bf16; leave it "
                        "out");
        const auto& module = cuda::cudaModule();
        cuda::requireGpu(module, options.gpu);
        const DType cacheType = cacheTypeOf(options, weights->layers.front().expertGate.dtype);
        return CudaDecoder::load(*weights,
                                 module,
                                 {.device = options.gpu,
                                  .cacheType = cacheType,
                                  .precision = options.precision,
                                  .threads = numThreads},
                                 stop);
    }
    throw Error(ErrorKind::BadUsage,
                fmt::format("decoder '{}' does not exist: expected 'cpu', 'cuda' or 'reference'",
                            options.kind));
}

}  // namespace gatescope
