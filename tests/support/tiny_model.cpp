#include "tests/support/tiny_model.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>

#include "engine/model/tensor_slots.h"
#include "kernels/quant/float_types.h"
#include "tests/support/test_paths.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;

/// The same numbers with every standard library, which std::normal_distribution does not promise.
class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }  // [0, 1)
    double normal() {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * M_PI * uniform());
    }
    std::int8_t int8() { return static_cast<std::int8_t>(static_cast<int>(uniform() * 255) - 127); }

  private:
    std::mt19937_64 engine_;
};

constexpr double kInt8Deviation = 73.6;  // of 255 equally likely values around 0

ArrayToPickle floats(DType dtype, std::vector<std::int64_t> shape, auto next) {
    ArrayToPickle array{.dtype = dtype, .shape = std::move(shape), .bytes = {}};
    std::int64_t count = 1;
    for (const std::int64_t size : array.shape) count *= size;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto value = static_cast<float>(next());
        if (dtype == DType::BF16) {
            const std::uint16_t bits = kernels::floatToBf16(value);
            array.bytes.append(reinterpret_cast<const char*>(&bits), sizeof bits);
        } else {
            array.bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
    }
    return array;
}

std::string quantizedPickle(const TensorSlot& slot, int groups, Random& random) {
    ArrayToPickle weight{.dtype = DType::I8, .shape = slot.shape, .bytes = {}};
    for (std::uint64_t i = 0; i < slot.numElements(); ++i)
        weight.bytes += static_cast<char>(random.int8());
    std::vector<std::int64_t> scaleShape = slot.shape;
    scaleShape[scaleShape.size() - 2] = groups;
    const double scale = 1.0 / (kInt8Deviation * std::sqrt(slot.numIn()));
    // Every scale differs, so that a wrong group or column shows.
    const auto next = [&] { return scale * (0.5 + random.uniform()); };
    return pickleOf(weight, floats(DType::BF16, std::move(scaleShape), next));
}

std::string pickleFor(const TensorSlot& slot, const TinyOptions& options, Random& random) {
    if (slot.isMatrix()) {
        const bool rowParallel =
            slot.role == TensorRole::AttentionOutput || slot.role == TensorRole::ExpertDown;
        if (options.matrices == DType::I8)
            return quantizedPickle(slot, rowParallel ? options.rowGroups : 1, random);
        const double deviation = 1.0 / std::sqrt(slot.numIn());
        return pickleOf(
            floats(options.matrices, slot.shape, [&] { return deviation * random.normal(); }));
    }
    const bool norm = slot.shape.size() == 1;
    const double deviation =
        1.0 / std::sqrt(static_cast<double>(slot.role == TensorRole::Embedding ? slot.shape[1]
                                                                               : slot.shape[0]));
    return pickleOf(floats(options.others, slot.shape, [&] {
        return norm ? 0.8 + 0.4 * random.uniform() : deviation * random.normal();
    }));
}

std::string configJson(const ModelConfig& config) {
    return fmt::format(
        R"({{"vocab_size": {}, "emb_size": {}, "key_size": {}, "num_q_heads": {}, "num_kv_heads": {},
 "num_layers": {}, "ffn_size": {}, "num_experts": {}, "num_selected_experts": {}, "sequence_len": {},
 "embedding_multiplier_scale": {}, "output_multiplier_scale": {}, "attn_output_multiplier": {},
 "attn_logit_cap": {}, "rms_norm_eps": {}, "rope_base": {}, "pad_token": {}, "eos_token": {}}}
)",
        config.vocabSize,
        config.dModel,
        config.headSize,
        config.numQHeads,
        config.numKvHeads,
        config.numLayers,
        config.ffnSize,
        config.numExperts,
        config.numSelected,
        config.contextLength,
        config.embeddingScale,
        config.logitScale,
        config.attentionScale,
        config.attentionCap,
        config.rmsEps,
        config.ropeBase,
        config.padToken,
        config.eosToken);
}

}  // namespace

ModelConfig tinyConfig() {
    ModelConfig config;
    config.vocabSize = 64;
    config.dModel = 32;
    config.headSize = 8;
    config.numQHeads = 4;
    config.numKvHeads = 2;
    config.numLayers = 2;
    config.ffnSize = 64;
    config.contextLength = 128;
    config.embeddingScale = std::sqrt(32.0F);
    config.attentionScale = 1.0F / std::sqrt(8.0F);
    return config;
}

void writeTinyCheckpoint(const fs::path& dir,
                         const ModelConfig& config,
                         std::uint64_t seed,
                         const TinyOptions& options) {
    fs::create_directories(dir / "ckpt-0");
    const std::vector<TensorSlot> slots = tensorSlots(config);
    Random random(seed);
    for (std::size_t i = 0; i < slots.size(); ++i)
        writeBytes(tensorFile(dir, static_cast<int>(i)), pickleFor(slots[i], options, random));
    if (options.config) writeBytes(dir / "config.json", configJson(config));
    constexpr int kTinyAPieces = 512;
    if (options.tokenizer && config.vocabSize >= kTinyAPieces)
        fs::copy_file(dataDir() / "tiny-a/tokenizer.model",
                      dir / "tokenizer.model",
                      fs::copy_options::overwrite_existing);
}

fs::path tensorFile(const fs::path& dir, int index) {
    return dir / "ckpt-0" / fmt::format("tensor{:05}_000", index);
}

std::string readBytes(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void writeBytes(const fs::path& file, const std::string& bytes) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace gatescope::test
