#include "engine/decoder/cuda/prompt_products.h"

#include <algorithm>
#include <utility>

#include "engine/check.h"
#include "engine/decoder/cuda/arena.h"

namespace gatescope::cuda {
namespace {

constexpr int kWholeOutputs = 64;  // slices of as many: rows of results stay aligned

/// At least the longest row of weights, at most the largest matrix.
std::size_t sliceElements(const ModelConfig& c, const PromptLimits& limits) {
    const int longest = std::max({c.ffnSize, c.qWidth(), c.dModel});
    const int most = std::max(longest, c.vocabSize);
    return std::clamp(limits.sliceBytes / sizeof(std::uint16_t),
                      elements(1, longest),
                      elements(most, std::max(c.dModel, c.qWidth())));
}

/// Outputs of a matrix whose weights fit a slice.
int outputsThatFit(std::size_t sliceElements, int numIn) {
    const auto outputs = static_cast<int>(sliceElements / static_cast<std::size_t>(numIn));
    return std::max(outputs / kWholeOutputs * kWholeOutputs, std::min(outputs, kWholeOutputs));
}

}  // namespace

std::unique_ptr<PromptProducts> PromptProducts::make(std::shared_ptr<const Gpu> gpu,
                                                     const ModelConfig& config,
                                                     const PromptLimits& limits) {
    kernels::cuda::Matmuls* matmuls = nullptr;
    const int error = gpu->module().createMatmuls(&matmuls);
    if (error == kernels::cuda::kNoMatmulLibrary) return nullptr;
    gpu->check(error, "it was prepared for prompts");
    return std::unique_ptr<PromptProducts>(
        new PromptProducts(std::move(gpu), matmuls, config, limits));
}

PromptProducts::PromptProducts(std::shared_ptr<const Gpu> gpu,
                               kernels::cuda::Matmuls* matmuls,
                               const ModelConfig& config,
                               const PromptLimits& limits)
    : gpu_(std::move(gpu)),
      matmuls_(matmuls, Free{gpu_}),
      config_(config),
      mostPairs_(limits.tokens * config.numSelected),
      sliceElements_(sliceElements(config, limits)),
      workspaceBytes_(limits.workspaceBytes),
      memory_(gpu_, deviceBytes(config, limits), "a prompt"),
      hostBegins_(gpu_, elements(config.numExperts + 1, sizeof(int))) {
    Arena arena(memory_.data());
    at_ = place(arena, config_, limits);
}

PromptProducts::Memory PromptProducts::place(Arena& arena,
                                             const ModelConfig& c,
                                             const PromptLimits& limits) {
    const int pairs = limits.tokens * c.numSelected;
    const std::size_t slice = sliceElements(c, limits);
    const int width = std::min(c.ffnSize, outputsThatFit(slice, c.dModel));
    Memory out;
    out.slice = arena.take<std::uint16_t>(slice);
    out.workspace = arena.take<std::byte>(limits.workspaceBytes);
    out.rows = arena.take<std::uint16_t>(
        std::max(elements(pairs, c.dModel), elements(limits.tokens, c.qWidth())));
    out.gate = arena.take<float>(elements(pairs, width));
    out.up = arena.take<float>(elements(pairs, width));
    out.activation = arena.take<std::uint16_t>(elements(pairs, c.ffnSize));
    out.out = arena.take<float>(elements(pairs, c.dModel));
    out.begins = arena.take<int>(static_cast<std::size_t>(c.numExperts) + 1);
    out.pair = arena.take<std::int32_t>(static_cast<std::size_t>(pairs));
    out.place = arena.take<std::int32_t>(static_cast<std::size_t>(pairs));
    return out;
}

std::size_t PromptProducts::deviceBytes(const ModelConfig& config, const PromptLimits& limits) {
    Arena count;
    (void)place(count, config, limits);
    return count.used();
}

int PromptProducts::mostTokens(int numSelected) const {
    return std::max(1, std::min(mostPairs_ / numSelected, mostPairs_ / config_.numSelected));
}

int PromptProducts::outputsOfSlice(int numIn) const {
    return outputsThatFit(sliceElements_, numIn);
}

/// Outputs [firstOut, firstOut + numOut): rounds their weights, and takes the product.
void PromptProducts::sliceProduct(const Matrices& weights,
                                  const Rounded& rounded,
                                  int firstOut,
                                  int numOut,
                                  float* y,
                                  int yStride) {
    check(gpu_->module().bf16Weights({.weights = weights,
                                      .matrix = rounded.matrix,
                                      .firstOut = firstOut,
                                      .numOut = numOut,
                                      .to = at_.slice},
                                     gpu_->stream()));
    check(gpu_->module().matmul(matmuls_.get(),
                                {.x = rounded.x,
                                 .w = at_.slice,
                                 .numRows = rounded.numRows,
                                 .numIn = weights.numIn,
                                 .numOut = numOut,
                                 .factor = rounded.factor,
                                 .y = y,
                                 .yStride = yStride,
                                 .workspace = at_.workspace,
                                 .workspaceBytes = workspaceBytes_},
                                gpu_->stream()));
}

void PromptProducts::product(
    const Matrices& weights, const float* x, int numRows, float* y, float factor) {
    GS_DCHECK(numRows <= mostTokens(1));
    check(gpu_->module().bf16Rows(
        {.x = x, .numRows = numRows, .width = weights.numIn, .to = at_.rows}, gpu_->stream()));
    const Rounded rounded{.x = at_.rows, .numRows = numRows, .factor = factor};
    const int most = outputsOfSlice(weights.numIn);
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
    if (numPairs > 0)
        check(module.bf16Rows({.x = op.x,
                               .row = at_.pair,
                               .divisor = op.numSelected,
                               .numRows = numPairs,
                               .width = config_.dModel,
                               .to = at_.rows},
                              gpu_->stream()));
    for (int e = 0; e < config_.numExperts; ++e)
        if (begins[e + 1] > begins[e]) expert(op, e, begins[e], begins[e + 1] - begins[e]);
    check(module.addExperts({.out = at_.out,
                             .place = at_.place,
                             .gates = op.gates,
                             .numTokens = op.numTokens,
                             .numSelected = op.numSelected,
                             .width = config_.dModel,
                             .change = op.change},
                            gpu_->stream()));
}

void PromptProducts::expert(const Experts& op, int expert, int begin, int numRows) {
    const int dModel = config_.dModel;
    const int ffnSize = config_.ffnSize;
    std::uint16_t* activation = at_.activation + elements(begin, ffnSize);
    const Rounded in{.x = at_.rows + elements(begin, dModel), .numRows = numRows, .matrix = expert};
    const int mostInner = outputsOfSlice(dModel);
    for (int first = 0; first < ffnSize; first += mostInner) {
        const int count = std::min(mostInner, ffnSize - first);
        sliceProduct(op.gate, in, first, count, at_.gate, count);
        sliceProduct(op.up, in, first, count, at_.up, count);
        check(gpu_->module().geluProduct({.gate = at_.gate,
                                          .up = at_.up,
                                          .numRows = numRows,
                                          .width = count,
                                          .stride = ffnSize,
                                          .to = activation + first},
                                         gpu_->stream()));
    }
    const Rounded inner{.x = activation, .numRows = numRows, .matrix = expert};
    const int most = outputsOfSlice(ffnSize);
    for (int first = 0; first < dModel; first += most)
        sliceProduct(op.down,
                     inner,
                     first,
                     std::min(most, dModel - first),
                     at_.out + elements(begin, dModel) + first,
                     dModel);
}

}  // namespace gatescope::cuda
