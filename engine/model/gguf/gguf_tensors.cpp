#include "engine/model/gguf/gguf_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "engine/error_codes.h"

namespace gatescope {
namespace {

std::uint64_t u64(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

/// A tensor of the files, and whether a parameter has taken it.
struct Stored {
    std::size_t part = 0;
    const GgufTensor* tensor = nullptr;
    bool taken = false;
};

/// A matrix as the file stores it: rows are outputs.
struct Shape {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t matrices = 1;
};

std::string sizesText(const GgufTensor& tensor) {
    std::string text = std::to_string(tensor.sizes[0]);
    for (std::uint32_t d = 1; d < tensor.numDimensions; ++d)
        text += fmt::format(" x {}", tensor.sizes[d]);
    return text;
}

/// The layer's tensors by role, below blk.N.
const char* layerName(TensorRole role) {
    switch (role) {
        case TensorRole::ExpertGate:
            return "ffn_gate";
        case TensorRole::ExpertDown:
            return "ffn_down";
        case TensorRole::ExpertUp:
            return "ffn_up";
        case TensorRole::Query:
            return "attn_q";
        case TensorRole::Key:
            return "attn_k";
        case TensorRole::Value:
            return "attn_v";
        case TensorRole::AttentionOutput:
            return "attn_output";
        case TensorRole::AttentionNorm:
            return "attn_norm";
        case TensorRole::AttentionOutputNorm:
            return "attn_output_norm";
        case TensorRole::MoeNorm:
            return "ffn_norm";
        case TensorRole::MoeOutputNorm:
            return "layer_output_norm";
        case TensorRole::Router:
            return "ffn_gate_inp";
        case TensorRole::Embedding:
        case TensorRole::FinalNorm:
        case TensorRole::Output:
            break;
    }
    return "";
}

class TensorMap {
  public:
    TensorMap(const std::vector<GgufPart>& parts,
              const ModelConfig& config,
              std::vector<std::string>& remarks)
        : parts_(parts), config_(config), remarks_(remarks) {
        for (std::size_t p = 0; p < parts.size(); ++p)
            for (const GgufTensor& tensor : parts[p].content.tensors) add(p, tensor);
    }

    TensorParts build() {
        for (const GgufPart& part : parts_) out_.files.push_back({part.open, part.identity});
        for (const TensorSlot& slot : tensorSlots(config_)) {
            out_.layouts.push_back({.slot = slot, .order = MatrixOrder::OutputsFirst});
            take(slot);
        }
        for (std::size_t i = 0; i < out_.layouts.size(); ++i) chooseType(i);
        checkAllTaken();
        return std::move(out_);
    }

  private:
    void add(std::size_t part, const GgufTensor& tensor) {
        const auto [known, isNew] = stored_.emplace(tensor.name, Stored{part, &tensor});
        if (!isNew)
            refuse(ErrorCode::GgufName,
                   parts_[part].content.name,
                   fmt::format("holds tensor \"{}\", which {} holds, too",
                               tensor.name,
                               parts_[known->second.part].content.name));
    }

    Stored* find(const std::string& name) {
        const auto found = stored_.find(name);
        return found == stored_.end() ? nullptr : &found->second;
    }

    Stored& needed(const std::string& name, const std::string& alternative = {}) {
        if (Stored* stored = find(name)) return *stored;
        refuse(ErrorCode::TensorMissing,
               parts_.front().content.name,
               fmt::format("holds no tensor {}{}{}",
                           name,
                           alternative.empty() ? "" : fmt::format(" (nor {})", alternative),
                           parts_.size() > 1 ? ", nor do its other parts" : ""));
    }

    void take(const TensorSlot& slot) {
        switch (slot.role) {
            case TensorRole::Embedding:
                return takeWhole(needed("token_embd.weight"), vocabularyShape());
            case TensorRole::Output:
                return takeWhole(needed("output.weight"), vocabularyShape());
            case TensorRole::FinalNorm:
                return takeNorm(needed("output_norm.weight"));
            default:
                takeOfLayer(slot);
        }
    }

    Shape vocabularyShape() const { return {config_.vocabSize, config_.dModel}; }

    void takeOfLayer(const TensorSlot& slot) {
        const std::string block = fmt::format("blk.{}.", slot.layer);
        const std::string name = block + layerName(slot.role);
        switch (slot.role) {
            case TensorRole::ExpertGate:
            case TensorRole::ExpertUp:
            case TensorRole::ExpertDown:
                return takeExperts(slot, name);
            case TensorRole::Query:
            case TensorRole::Key:
            case TensorRole::Value:
                if (Stored* fused = find(block + "attn_qkv.weight");
                    fused && !find(name + ".weight"))
                    return takeOfFused(*fused, slot);
                return takeWhole(needed(name + ".weight", block + "attn_qkv.weight"),
                                 {slot.numOut(), slot.numIn()});
            case TensorRole::AttentionOutput:
                return takeWhole(needed(name + ".weight"), {slot.numOut(), slot.numIn()});
            case TensorRole::Router:
                return takeWhole(needed(name + ".weight"), {slot.shape[1], slot.shape[0]});
            case TensorRole::MoeOutputNorm: {
                const std::string other = block + "post_ffw_norm.weight";
                Stored* first = find(name + ".weight");
                return takeNorm(first != nullptr         ? *first
                                : find(other) != nullptr ? *find(other)
                                                         : needed(name + ".weight", other));
            }
            default:
                return takeNorm(needed(name + ".weight"));
        }
    }

    void takeExperts(const TensorSlot& slot, const std::string& name) {
        const Shape one{slot.numOut(), slot.numIn()};
        if (Stored* merged = find(name + "_exps.weight"))
            return takeWhole(*merged, {one.rows, one.columns, config_.numExperts});
        for (int expert = 0; expert < config_.numExperts; ++expert) {
            Stored& stored =
                needed(fmt::format("{}.{}.weight", name, expert), name + "_exps.weight");
            checkShape(stored, one);
            addPart(stored, one, 0, expert);
        }
    }

    /// Rows of query, then of key, then of value.
    void takeOfFused(Stored& fused, const TensorSlot& slot) {
        checkShape(fused, {config_.qWidth() + 2 * config_.kvWidth(), config_.dModel});
        const std::int64_t firstRow = slot.role == TensorRole::Query ? 0
                                      : slot.role == TensorRole::Key
                                          ? config_.qWidth()
                                          : config_.qWidth() + config_.kvWidth();
        addPart(fused, {slot.numOut(), slot.numIn()}, firstRow, 0);
    }

    void takeNorm(Stored& stored) {
        checkShape(stored, {1, config_.dModel});
        if (isBlockType(stored.tensor->dtype))
            refuse(ErrorCode::TensorType,
                   whereOf(stored),
                   fmt::format("its elements are {}, expected f32, f16 or bf16 for a norm",
                               name(stored.tensor->dtype)));
        addPart(stored, {1, config_.dModel}, 0, 0);
    }

    void takeWhole(Stored& stored, const Shape& shape) {
        checkShape(stored, shape);
        for (int matrix = 0; matrix < shape.matrices; ++matrix)
            addPart(stored, shape, matrix * shape.rows, matrix);
    }

    std::string whereOf(const Stored& stored) const {
        return fmt::format("{}: tensor {}", parts_[stored.part].content.name, stored.tensor->name);
    }

    void checkShape(const Stored& stored, const Shape& shape) const {
        const auto& sizes = stored.tensor->sizes;  // those that are not there are 1
        if (sizes[0] == u64(shape.columns) && sizes[1] == u64(shape.rows) &&
            sizes[2] == u64(shape.matrices) && sizes[3] == 1)
            return;
        std::string expected = std::to_string(shape.columns);
        if (shape.rows > 1 || shape.matrices > 1) expected += fmt::format(" x {}", shape.rows);
        if (shape.matrices > 1) expected += fmt::format(" x {}", shape.matrices);
        refuse(
            ErrorCode::TensorShape,
            whereOf(stored),
            fmt::format(
                "sizes {}, expected {} by the file's keys", sizesText(*stored.tensor), expected));
    }

    /// One matrix, whose rows stand from `firstRow` of the stored tensor on.
    void addPart(Stored& stored, const Shape& shape, std::int64_t firstRow, int matrix) {
        const GgufTensor& tensor = *stored.tensor;
        const std::uint64_t rowBytes = storedBytes(tensor.dtype, u64(shape.columns));
        out_.parts.push_back({.file = stored.part,
                              .offset = tensor.offset + u64(firstRow) * rowBytes,
                              .stored = tensor.dtype,
                              .numRows = shape.rows,
                              .numColumns = shape.columns,
                              .tensor = out_.layouts.size() - 1,
                              .matrix = matrix,
                              .name = tensor.name});
        stored.taken = true;
    }

    /// Matrices are kept as they are stored, if all pieces are stored alike.
    void chooseType(std::size_t index) {
        TensorLayout& layout = out_.layouts[index];
        if (!layout.slot.isMatrix() && !layout.slot.isVocabularyMatrix()) return;
        const auto isOf = [&](const TensorPart& part) { return part.tensor == index; };
        const auto first = std::ranges::find_if(out_.parts, isOf);
        const bool alike = std::all_of(first, out_.parts.end(), [&](const TensorPart& part) {
            return !isOf(part) || part.stored == first->stored;
        });
        layout.dtype = alike ? first->stored : DType::F32;
        if (!alike)
            remarks_.push_back(
                fmt::format("The experts of {} are stored in several types; they are kept as f32.",
                            first->name));
    }

    void checkAllTaken() const {
        const auto expected =
            std::ranges::count_if(stored_, [](const auto& entry) { return entry.second.taken; });
        for (const auto& [name, stored] : stored_)
            if (!stored.taken)
                refuse(ErrorCode::TensorUnknown,
                       whereOf(stored),
                       fmt::format("does not belong to a Grok-1 model of {} layers: the files hold "
                                   "{} tensors, expected {}",
                                   config_.numLayers,
                                   stored_.size(),
                                   expected));
    }

    const std::vector<GgufPart>& parts_;
    const ModelConfig& config_;
    std::vector<std::string>& remarks_;
    std::map<std::string_view, Stored> stored_;
    TensorParts out_;
};

}  // namespace

TensorParts ggufTensors(const std::vector<GgufPart>& parts,
                        const ModelConfig& config,
                        std::vector<std::string>& remarks) {
    return TensorMap(parts, config, remarks).build();
}

}  // namespace gatescope
