#include "engine/decoder/cuda/prompt_products.h"

#include <algorithm>
#include <utility>

#include "engine/check.h"
#include "engine/decoder/cuda/arena.h"

namespace gatescope::cuda {
namespace {

constexpr int kWholeOutputs = 64;  ///< slices of as many: rows of results stay aligned

/// Of which products have a multiple; see kernels/cuda/matmul.h.
int fewestOutputs(DType type) {
    return type == DType::F8E4M3 ? 16 : 4;
}

/// At least the longest row of weights, and in 8 bits the sums of the fewest outputs of all tokens:
/// with I8 in groups of 16 inputs, with F8E4M3 in one; at most the largest matrix.
std::size_t sliceBytes(const ModelConfig& c, Precision precision, const PromptLimits& limits) {
    const int longest = std::max({c.ffnSize, c.qWidth(), c.dModel});
    const int most = std::max(longest, c.vocabSize);
    const std::size_t weights = elements(1, longest) * sizeof(std::uint16_t);
    const int ofToken =
        std::max(fewestOutputs(DType::I8) * ((longest + 15) / 16), fewestOutputs(DType::F8E4M3));
    const std::size_t sums = elements(limits.tokens, ofToken) * sizeof(float);
    const std::size_t least = precision == Precision::Int8 ? std::max(weights, sums) : weights;
    return std::clamp(
        limits.sliceBytes,
        least,
        std::max(least, elements(most, std::max(c.dModel, c.qWidth())) * sizeof(std::uint16_t)));
}

/// Outputs for which there is room, when each takes so much of it, by weights of a type.
int outputsThatFit(DType type, std::size_t room, std::size_t ofOutput) {
    const auto outputs = static_cast<int>(std::min<std::size_t>(room / ofOutput, 1U << 30U));
    if (outputs >= kWholeOutputs) return outputs / kWholeOutputs * kWholeOutputs;
    return std::max(1, outputs / fewestOutputs(type) * fewestOutputs(type));
}

/// Outputs of an expert's first half that are computed together, of any number of rows.
int innerOutputs(const ModelConfig& c, std::size_t sliceBytes) {
    return std::min(
        c.ffnSize,
        outputsThatFit(DType::BF16, sliceBytes, elements(1, c.dModel) * sizeof(std::uint16_t)));
}

/// Would rows rounded the one way be rounded the same the other way?
bool alike(const RoundedRows& a, const RoundedRows& b) {
    return a.type == b.type && a.numGroups == b.numGroups;
}

}  // namespace

std::unique_ptr<PromptProducts> PromptProducts::make(std::shared_ptr<const Gpu> gpu,
                                                     const ModelConfig& config,
                                                     Precision precision,
                                                     const PromptLimits& limits) {
    GS_CHECK(precision == Precision::Mixed || precision == Precision::Int8);
    kernels::cuda::Matmuls* matmuls = nullptr;
    const int error = gpu->module().createMatmuls(&matmuls);
    if (error == kernels::cuda::kNoMatmulLibrary) return nullptr;
    gpu->check(error, "it was prepared for prompts");
    return std::unique_ptr<PromptProducts>(
        new PromptProducts(std::move(gpu), matmuls, config, precision, limits));
}

PromptProducts::PromptProducts(std::shared_ptr<const Gpu> gpu,
                               kernels::cuda::Matmuls* matmuls,
                               const ModelConfig& config,
                               Precision precision,
                               const PromptLimits& limits)
    : gpu_(std::move(gpu)),
      matmuls_(matmuls, Free{gpu_}),
      config_(config),
      precision_(precision),
      mostTokens_(limits.tokens),
      sliceBytes_(sliceBytes(config, precision, limits)),
      workspaceBytes_(limits.workspaceBytes),
      memory_(gpu_, deviceBytes(config, precision, limits), "a prompt"),
      hostBegins_(gpu_, elements(config.numExperts + 1, sizeof(int))) {
    Arena arena(memory_.data());
    at_ = place(arena, config_, precision_, limits);
}

PromptProducts::Memory PromptProducts::place(Arena& arena,
                                             const ModelConfig& c,
                                             Precision precision,
                                             const PromptLimits& limits) {
    const int pairs = limits.tokens * c.numSelected;
    const std::size_t slice = sliceBytes(c, precision, limits);
    const int width = innerOutputs(c, slice);
    Memory out;
    out.normed = arena.take<std::uint16_t>(elements(limits.tokens, c.dModel));
    out.slice = arena.take<std::byte>(slice);
    out.workspace = arena.take<std::byte>(limits.workspaceBytes);
    out.rows = arena.take<std::uint16_t>(
        std::max(elements(pairs, c.dModel), elements(limits.tokens, c.qWidth())));
    // A token comes to an expert once at most.
    out.gate = arena.take<float>(elements(limits.tokens, width));
    out.up = arena.take<float>(elements(limits.tokens, width));
    if (precision == Precision::Int8)
        out.product = arena.take<float>(elements(limits.tokens, c.ffnSize));
    out.activation = arena.take<std::uint16_t>(elements(limits.tokens, c.ffnSize));
    out.out = arena.take<float>(elements(pairs, c.dModel));
    out.begins = arena.take<int>(static_cast<std::size_t>(c.numExperts) + 1);
    out.pair = arena.take<std::int32_t>(static_cast<std::size_t>(pairs));
    out.place = arena.take<std::int32_t>(static_cast<std::size_t>(pairs));
    return out;
}

std::size_t PromptProducts::deviceBytes(const ModelConfig& config,
                                        Precision precision,
                                        const PromptLimits& limits) {
    Arena count;
    (void)place(count, config, precision, limits);
    return count.used();
}

bool PromptProducts::hasEightBits(const Matrices& w, int capability) {
    constexpr int kMostInputs = 1 << 17;  // of -128 * 127, whose sum fits an int32
    if (w.type != DType::I8 && (w.type != DType::F8E4M3 || capability < kFp8Capability))
        return false;
    return w.numOut % fewestOutputs(w.type) == 0 && w.numIn % (16 * w.numGroups) == 0 &&
           w.numIn / w.numGroups <= kMostInputs;
}

bool PromptProducts::inEightBits(const Matrices& weights) const {
    return precision_ == Precision::Int8 && hasEightBits(weights, gpu_->capability());
}

int PromptProducts::mostTokens(int numSelected) const {
    return std::max(1, std::min(mostTokens_ * config_.numSelected / numSelected, mostTokens_));
}

/// As products with `weights` take `numRows` rows, in `memory`: codes, and their scales behind.
RoundedRows PromptProducts::roundedIn(std::uint16_t* memory,
                                      const Matrices& weights,
                                      int numRows) const {
    if (!inEightBits(weights)) return {.data = memory};
    auto* codes = reinterpret_cast<std::byte*>(memory);
    return {.type = weights.type,
            .data = codes,
            .scales = reinterpret_cast<float*>(codes + elements(numRows, weights.numIn)),
            .numGroups = weights.numGroups};
}

RoundedRows PromptProducts::roundedFor(const Matrices& weights) const {
    GS_DCHECK(weights.numIn == config_.dModel);
    return roundedIn(at_.normed, weights, mostTokens_);
}

int PromptProducts::outputsOfSlice(const Matrices& weights, const Rounded& rounded) const {
    if (rounded.x.type == DType::BF16)
        return outputsThatFit(
            DType::BF16, sliceBytes_, elements(1, weights.numIn) * sizeof(std::uint16_t));
    return outputsThatFit(
        weights.type, sliceBytes_, elements(rounded.numRows, weights.numGroups) * sizeof(float));
}

/// Outputs [firstOut, firstOut + numOut). As bf16 their weights are rounded before; in 8 bits their
/// sums are scaled behind.
void PromptProducts::sliceProduct(const Matrices& weights,
                                  const Rounded& rounded,
                                  int firstOut,
                                  int numOut,
                                  float* y,
                                  int yStride) {
    kernels::cuda::Matmul matmul{.type = rounded.x.type,
                                 .x = rounded.x.data,
                                 .numRows = rounded.numRows,
                                 .numIn = weights.numIn,
                                 .numOut = numOut,
                                 .numGroups = rounded.x.numGroups,
                                 .workspace = at_.workspace,
                                 .workspaceBytes = workspaceBytes_};
    if (rounded.x.type != DType::BF16) {
        matmul.w = weights.data +
                   (elements(rounded.matrix, weights.numOut) + static_cast<std::size_t>(firstOut)) *
                       static_cast<std::size_t>(weights.numIn);
        matmul.y = at_.slice;
        matmul.yStride = numOut;
        check(gpu_->module().matmul(matmuls_.get(), matmul, gpu_->stream()));
        return check(gpu_->module().scaleSums({.weights = weights,
                                               .matrix = rounded.matrix,
                                               .firstOut = firstOut,
                                               .numOut = numOut,
                                               .sums = at_.slice,
                                               .scales = rounded.x.scales,
                                               .numRows = rounded.numRows,
                                               .factor = rounded.factor,
                                               .y = y,
                                               .yStride = yStride},
                                              gpu_->stream()));
    }
    auto* slice = reinterpret_cast<std::uint16_t*>(at_.slice);
    check(gpu_->module().bf16Weights({.weights = weights,
                                      .matrix = rounded.matrix,
                                      .firstOut = firstOut,
                                      .numOut = numOut,
                                      .to = slice},
                                     gpu_->stream()));
    matmul.w = slice;
    matmul.factor = rounded.factor;
    matmul.y = y;
    matmul.yStride = yStride;
    check(gpu_->module().matmul(matmuls_.get(), matmul, gpu_->stream()));
}

void PromptProducts::product(const Matrices& weights, const Rows& rows, float* y, float factor) {
    GS_DCHECK(rows.numRows <= mostTokens(1));
    Rounded rounded{
        .x = roundedIn(at_.rows, weights, rows.numRows), .numRows = rows.numRows, .factor = factor};
    if (rows.rounded.data != nullptr && alike(rows.rounded, rounded.x))
        rounded.x = rows.rounded;
    else
        check(gpu_->module().roundRows(
            {.x = rows.x, .numRows = rows.numRows, .width = weights.numIn, .to = rounded.x},
            gpu_->stream()));
    const int most = outputsOfSlice(weights, rounded);
    for (int first = 0; first < weights.numOut; first += most)
        sliceProduct(weights,
                     rounded,
                     first,
                     std::min(most, weights.numOut - first),
                     y + first,
                     weights.numOut);
}

void PromptProducts::experts(const Experts& op) {
    GS_DCHECK(op.numTokens <= mostTokens(op.numSelected));
    const auto& module = gpu_->module();
    check(module.groupByExpert({.selected = op.selected,
                                .gates = op.gates,
                                .numTokens = op.numTokens,
                                .numSelected = op.numSelected,
                                .numExperts = config_.numExperts,
                                .begins = at_.begins,
                                .pair = at_.pair,
                                .place = at_.place},
                               gpu_->stream()));
    gpu_->copy(hostBegins_.data(), at_.begins, hostBegins_.size());
    gpu_->wait("a prompt was computed");
    const int* begins = reinterpret_cast<const int*>(hostBegins_.data());
    const int numPairs = begins[config_.numExperts];
    RoundedRows rows = roundedIn(at_.rows, op.gate, numPairs);
    if (!alike(rows, roundedIn(at_.rows, op.up, numPairs))) rows = {.data = at_.rows};
    if (numPairs > 0)
        check(module.roundRows({.x = op.x,
                                .row = at_.pair,
                                .divisor = op.numSelected,
                                .numRows = numPairs,
                                .width = config_.dModel,
                                .to = rows},
                               gpu_->stream()));
    for (int e = 0; e < config_.numExperts; ++e)
        if (begins[e + 1] > begins[e]) expert(op, rows, e, begins[e], begins[e + 1] - begins[e]);
    check(module.addExperts({.out = at_.out,
                             .place = at_.place,
                             .gates = op.gates,
                             .numTokens = op.numTokens,
                             .numSelected = op.numSelected,
                             .width = config_.dModel,
                             .change = op.change},
                            gpu_->stream()));
}

/// One expert, for its rows among those of all, `numRows` from `begin` on.
void PromptProducts::expert(
    const Experts& op, const RoundedRows& rows, int expert, int begin, int numRows) {
    const int dModel = config_.dModel;
    const int ffnSize = config_.ffnSize;
    GS_DCHECK(numRows <= mostTokens_);
    Rounded in{.x = rows, .numRows = numRows, .matrix = expert};
    const std::size_t bytesOfElement = rows.type == DType::BF16 ? sizeof(std::uint16_t) : 1;
    in.x.data = static_cast<std::byte*>(rows.data) + elements(begin, dModel) * bytesOfElement;
    if (rows.scales != nullptr) in.x.scales += elements(begin, rows.numGroups);
    const Rounded inner{
        .x = roundedIn(at_.activation, op.down, numRows), .numRows = numRows, .matrix = expert};
    const bool innerIsBf16 = inner.x.type == DType::BF16;
    // Of few rows more outputs fit: there is room for those of all tokens.
    const std::size_t room = elements(mostTokens_, innerOutputs(config_, sliceBytes_));
    const int mostInner =
        std::min(outputsThatFit(rows.type, room, static_cast<std::size_t>(numRows)),
                 outputsOfSlice(op.gate, in));
    for (int first = 0; first < ffnSize; first += mostInner) {
        const int count = std::min(mostInner, ffnSize - first);
        sliceProduct(op.gate, in, first, count, at_.gate, count);
        sliceProduct(op.up, in, first, count, at_.up, count);
        check(gpu_->module().geluProduct({.gate = at_.gate,
                                          .up = at_.up,
                                          .numRows = numRows,
                                          .width = count,
                                          .stride = ffnSize,
                                          .to = innerIsBf16 ? at_.activation + first : nullptr,
                                          .product = innerIsBf16 ? nullptr : at_.product + first},
                                         gpu_->stream()));
    }
    if (!innerIsBf16)
        check(gpu_->module().roundRows(
            {.x = at_.product, .numRows = numRows, .width = ffnSize, .to = inner.x},
            gpu_->stream()));
    const int most = outputsOfSlice(op.down, inner);
    for (int first = 0; first < dModel; first += most)
        sliceProduct(op.down,
                     inner,
                     first,
                     std::min(most, dModel - first),
                     at_.out + elements(begin, dModel) + first,
                     dModel);
}

}  // namespace gatescope::cuda
