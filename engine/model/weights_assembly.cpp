#include "engine/model/weights_assembly.h"

#include <fmt/format.h>

#include <fstream>
#include <limits>

#include "engine/check.h"
#include "engine/error.h"

namespace gatescope {
namespace {

bool isAnyMatrix(const TensorSlot& slot) {
    return slot.isMatrix() || slot.isVocabularyMatrix();
}

void checkLayout(const TensorLayout& tensor) {
    GS_CHECK(isAnyMatrix(tensor.slot) || tensor.dtype == DType::F32);
    GS_CHECK(tensor.dtype != DType::I32);
    const bool rows = tensor.slot.isVocabularyMatrix() || tensor.order == MatrixOrder::OutputsFirst;
    GS_CHECK(!rows || tensor.dtype != DType::I8);
    GS_CHECK(rows || (!isBlockType(tensor.dtype) && tensor.dtype != DType::F8E4M3));
}

MatrixView matrixView(const TensorLayout& tensor, const TensorMemory& memory) {
    const bool rows = tensor.slot.isVocabularyMatrix() || tensor.order == MatrixOrder::OutputsFirst;
    return {.dtype = tensor.dtype,
            .order = rows ? MatrixOrder::OutputsFirst : MatrixOrder::InputsFirst,
            .numMatrices = tensor.slot.numMatrices(),
            .numIn = tensor.slot.numIn(),
            .numOut = tensor.slot.numOut(),
            .numGroups = tensor.numGroups == 0 ? 1 : tensor.numGroups,
            .data = memory.data,
            .scales = memory.scales,
            .rowScales = memory.rowScales};
}

void setMatrix(ModelWeights& weights, const TensorSlot& slot, const MatrixView& view) {
    if (slot.role == TensorRole::Embedding) {
        weights.embedding = view;
        return;
    }
    if (slot.role == TensorRole::Output) {
        weights.output = view;
        return;
    }
    LayerWeights& layer = weights.layers[static_cast<std::size_t>(slot.layer)];
    switch (slot.role) {
        case TensorRole::ExpertGate:
            layer.expertGate = view;
            return;
        case TensorRole::ExpertDown:
            layer.expertDown = view;
            return;
        case TensorRole::ExpertUp:
            layer.expertUp = view;
            return;
        case TensorRole::Key:
            layer.key = view;
            return;
        case TensorRole::AttentionOutput:
            layer.attentionOutput = view;
            return;
        case TensorRole::Query:
            layer.query = view;
            return;
        case TensorRole::Value:
            layer.value = view;
            return;
        default:
            GS_CHECK(false);
    }
}

std::span<const float>& floats(ModelWeights& weights, const TensorSlot& slot) {
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

}  // namespace

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

WeightsAssembly::WeightsAssembly(const ModelConfig& config, std::vector<TensorLayout> tensors)
    : tensors_(std::move(tensors)), weights_(std::make_shared<ModelWeights>()) {
    weights_->config = config;
    weights_->layers.resize(static_cast<std::size_t>(config.numLayers));
    memory_.reserve(tensors_.size());
    for (const TensorLayout& tensor : tensors_) {
        checkLayout(tensor);
        TensorMemory memory;
        memory.data = weights_->blocks.emplace_back(tensor.dataBytes()).data();
        if (tensor.numGroups > 0)
            memory.scales = reinterpret_cast<std::uint16_t*>(
                weights_->blocks.emplace_back(tensor.scaleBytes()).data());
        if (tensor.dtype == DType::F8E4M3)
            memory.rowScales =
                reinterpret_cast<float*>(weights_->blocks.emplace_back(tensor.scaleBytes()).data());
        memory_.push_back(memory);
    }
}

std::shared_ptr<ModelWeights> WeightsAssembly::finish() {
    GS_CHECK(weights_ != nullptr);
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
        const TensorLayout& tensor = tensors_[i];
        if (isAnyMatrix(tensor.slot))
            setMatrix(*weights_, tensor.slot, matrixView(tensor, memory_[i]));
        else
            floats(*weights_, tensor.slot) = {reinterpret_cast<const float*>(memory_[i].data),
                                              tensor.slot.numElements()};
    }
    if (weights_->config.tiedOutput) weights_->output = weights_->embedding;
    return std::move(weights_);
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
