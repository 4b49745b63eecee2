#include "engine/model/weights_assembly.h"

#include <fmt/format.h>

#include <fstream>
#include <limits>

#include "engine/check.h"
#include "engine/error.h"
#include "kernels/cpu/panels.h"

namespace gatescope {
namespace {

bool isAnyMatrix(const TensorSlot& slot) {
    return slot.isMatrix() || slot.isVocabularyMatrix();
}

void checkLayout(const TensorLayout& tensor) {
    GS_CHECK(isAnyMatrix(tensor.slot) || tensor.dtype == DType::F32);
    GS_CHECK(tensor.dtype != DType::I32);
    if (tensor.order == MatrixOrder::Panels) {
        GS_CHECK(isAnyMatrix(tensor.slot));
        GS_CHECK(kernels::canPanel(
            tensor.dtype, tensor.slot.numIn(), tensor.slot.numOut(), tensor.numGroups));
        return;
    }
    const bool rows = tensor.slot.isVocabularyMatrix() || tensor.order == MatrixOrder::OutputsFirst;
    GS_CHECK(!rows || tensor.dtype != DType::I8);
    GS_CHECK(rows || (!isBlockType(tensor.dtype) && tensor.dtype != DType::F8E4M3));
}

MatrixView matrixView(const TensorLayout& tensor, const TensorMemory& memory) {
    const bool rows = tensor.slot.isVocabularyMatrix() && tensor.order == MatrixOrder::InputsFirst;
    return {.dtype = tensor.dtype,
            .order = rows ? MatrixOrder::OutputsFirst : tensor.order,
            .numMatrices = tensor.slot.numMatrices(),
            .numIn = tensor.slot.numIn(),
            .numOut = tensor.slot.numOut(),
            .numGroups = tensor.numGroups == 0 ? 1 : tensor.numGroups,
            .data = memory.data,
            .scales = memory.scales,
            .rowScales = memory.rowScales};
}

MatrixView& matrixOf(ModelWeights& weights, const TensorSlot& slot) {
    if (slot.role == TensorRole::Embedding) return weights.embedding;
    if (slot.role == TensorRole::Output) return weights.output;
    LayerWeights& layer = weights.layers[static_cast<std::size_t>(slot.layer)];
    switch (slot.role) {
        case TensorRole::ExpertGate:
            return layer.expertGate;
        case TensorRole::ExpertDown:
            return layer.expertDown;
        case TensorRole::ExpertUp:
            return layer.expertUp;
        case TensorRole::Key:
            return layer.key;
        case TensorRole::AttentionOutput:
            return layer.attentionOutput;
        case TensorRole::Query:
            return layer.query;
        default:
            GS_CHECK(slot.role == TensorRole::Value);
            return layer.value;
    }
}

std::span<const float>& floatsOf(ModelWeights& weights, const TensorSlot& slot) {
    if (slot.role == TensorRole::FinalNorm) return weights.finalNorm;
    LayerWeights& layer = weights.layers[static_cast<std::size_t>(slot.layer)];
    switch (slot.role) {
        case TensorRole::AttentionNorm:
            return layer.attentionNorm;
        case TensorRole::AttentionOutputNorm:
            return layer.attentionOutputNorm;
        case TensorRole::MoeNorm:
            return layer.moeNorm;
        case TensorRole::MoeOutputNorm:
            return layer.moeOutputNorm;
        default:
            GS_CHECK(slot.role == TensorRole::Router);
            return layer.router;
    }
}

TensorMemory memoryFor(const TensorLayout& tensor, ModelWeights& weights) {
    checkLayout(tensor);
    TensorMemory memory;
    memory.data = weights.blocks.emplace_back(tensor.dataBytes()).data();
    if (tensor.numGroups > 0)
        memory.scales = reinterpret_cast<std::uint16_t*>(
            weights.blocks.emplace_back(tensor.scaleBytes()).data());
    if (tensor.dtype == DType::F8E4M3)
        memory.rowScales =
            reinterpret_cast<float*>(weights.blocks.emplace_back(tensor.scaleBytes()).data());
    return memory;
}

void show(ModelWeights& weights, const TensorLayout& tensor, const TensorMemory& memory) {
    if (isAnyMatrix(tensor.slot))
        matrixOf(weights, tensor.slot) = matrixView(tensor, memory);
    else
        floatsOf(weights, tensor.slot) = {reinterpret_cast<const float*>(memory.data),
                                          tensor.slot.numElements()};
}

}  // namespace

MatrixOrder laidOutOrder(const TensorLayout& layout, bool tiedOutput) {
    const TensorSlot& slot = layout.slot;
    const bool readByRows = slot.role == TensorRole::Embedding && !tiedOutput;
    if (!isAnyMatrix(slot) || readByRows ||
        !kernels::canPanel(layout.dtype, slot.numIn(), slot.numOut(), layout.numGroups))
        return layout.order;
    return MatrixOrder::Panels;
}

std::uint64_t TensorLayout::dataBytes() const {
    return storedBytes(dtype, slot.numElements());
}

std::uint64_t TensorLayout::scaleBytes() const {
    if (dtype == DType::F8E4M3)
        return static_cast<std::uint64_t>(slot.numMatrices()) *
               static_cast<std::uint64_t>(slot.numOut()) * sizeof(float);
    if (numGroups == 0) return 0;
    return static_cast<std::uint64_t>(slot.numMatrices()) * static_cast<std::uint64_t>(numGroups) *
           static_cast<std::uint64_t>(slot.numOut()) * itemSize(DType::BF16);
}

WeightsAssembly::WeightsAssembly(const ModelConfig& config,
                                 const std::vector<TensorLayout>& tensors)
    : weights_(std::make_shared<ModelWeights>()) {
    weights_->config = config;
    memory_.reserve(tensors.size());
    for (const TensorLayout& tensor : tensors) memory_.push_back(memoryFor(tensor, *weights_));
    pointInto(tensors, memory_, *weights_);
}

std::shared_ptr<ModelWeights> WeightsAssembly::finish() {
    GS_CHECK(weights_ != nullptr);
    return std::move(weights_);
}

void pointInto(const std::vector<TensorLayout>& tensors,
               const std::vector<TensorMemory>& memory,
               ModelWeights& weights) {
    GS_CHECK_EQ(tensors.size(), memory.size());
    weights.layers.resize(static_cast<std::size_t>(weights.config.numLayers));
    for (std::size_t i = 0; i < tensors.size(); ++i) show(weights, tensors[i], memory[i]);
    if (weights.config.tiedOutput) weights.output = weights.embedding;
}

TensorMemory addTensor(ModelWeights& weights, const TensorLayout& tensor) {
    const TensorMemory memory = memoryFor(tensor, weights);
    show(weights, tensor, memory);
    return memory;
}

void forgetMatrix(ModelWeights& weights, const TensorSlot& slot) {
    MatrixView& view = matrixOf(weights, slot);
    view.numOut = 0;
    view.data = nullptr;
    view.scales = nullptr;
    view.rowScales = nullptr;
}

TensorBytes bytesOf(const ModelWeights& weights, const TensorSlot& slot) {
    auto& all = const_cast<ModelWeights&>(weights);  // nothing is written
    TensorBytes out{.layout = {.slot = slot}};
    if (!isAnyMatrix(slot)) {
        out.data = std::as_bytes(floatsOf(all, slot));
        return out;
    }
    const MatrixView& view = matrixOf(all, slot);
    out.layout.dtype = view.dtype;
    out.layout.order = view.order;
    out.layout.numGroups = view.dtype == DType::I8 ? view.numGroups : 0;
    out.data = {view.data, static_cast<std::size_t>(out.layout.dataBytes())};
    const void* scales =
        view.scales != nullptr ? static_cast<const void*>(view.scales) : view.rowScales;
    out.scales = {static_cast<const std::byte*>(scales),
                  static_cast<std::size_t>(out.layout.scaleBytes())};
    return out;
}

std::uint64_t memoryBytes(const std::vector<TensorLayout>& tensors) {
    std::uint64_t bytes = 0;
    for (const TensorLayout& tensor : tensors) bytes += tensor.dataBytes() + tensor.scaleBytes();
    return bytes;
}

void requireMemory(const std::string& model, std::uint64_t needed, std::uint64_t available) {
    if (needed <= available) return;
    throw Error(ErrorKind::NoMemory,
                fmt::format("cannot load {}: its weights need {} ({} bytes) of memory, {} ({} "
                            "bytes) are available; close other programs, choose a smaller model or "
                            "a machine with more memory",
                            model,
                            bytesText(needed),
                            needed,
                            bytesText(available),
                            available));
}

std::uint64_t availableMemory() {
    std::ifstream file("/proc/meminfo");
    std::string key;
    std::uint64_t kib = 0;
    std::string unit;
    while (file >> key >> kib >> unit)
        if (key == "MemAvailable:") return kib * 1024;
    return std::numeric_limits<std::uint64_t>::max();
}

bool isTooLargeToCache(std::uint64_t fileBytes, std::uint64_t available) {
    return fileBytes > available / 2;
}

std::string bytesText(std::uint64_t bytes) {
    constexpr double kKib = 1024;
    const auto value = static_cast<double>(bytes);
    if (value >= kKib * kKib * kKib) return fmt::format("{:.1f} GiB", value / (kKib * kKib * kKib));
    if (value >= kKib * kKib) return fmt::format("{:.1f} MiB", value / (kKib * kKib));
    return fmt::format("{:.1f} KiB", value / kKib);
}

}  // namespace gatescope
