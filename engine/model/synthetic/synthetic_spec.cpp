#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/model/synthetic/synthetic_model.h"

namespace gatescope {
namespace {

/// The multipliers a model of this width and head size would be trained with (xai-org/grok-1 run.py
/// has sqrt(6144) and 1/sqrt(128)).
ModelConfig scaled(ModelConfig config) {
    config.embeddingScale = static_cast<float>(std::sqrt(config.dModel));
    config.attentionScale = static_cast<float>(1.0 / std::sqrt(config.headSize));
    return config;
}

/// Grok-1's proportions where they allow vectors to stay whole: 8 kv heads, 8 experts, top 2.
ModelConfig grok1Tiny() {
    ModelConfig config;
    config.vocabSize = 4096;
    config.dModel = 256;
    config.headSize = 16;
    config.numQHeads = 16;
    config.numKvHeads = 8;
    config.numLayers = 8;
    config.ffnSize = 1024;
    config.contextLength = 1024;
    return scaled(config);
}

/// The sizes other engines are measured with, 1.3 billion parameters.
ModelConfig bench1b() {
    ModelConfig config;
    config.vocabSize = 32000;
    config.dModel = 1024;
    config.headSize = 64;
    config.numQHeads = 16;
    config.numKvHeads = 4;
    config.numLayers = 12;
    config.ffnSize = 4096;
    return scaled(config);
}

/// So small that what is not arithmetic decides: 20.3 million parameters, 6.2 million a token.
ModelConfig benchTiny() {
    ModelConfig config;
    config.vocabSize = 1024;
    config.dModel = 256;
    config.headSize = 64;
    config.numQHeads = 4;
    config.numKvHeads = 2;
    config.numLayers = 6;
    config.ffnSize = 512;
    return scaled(config);
}

[[noreturn]] void refuse(std::string_view model, const std::string& what) {
    throw Error(ErrorKind::BadUsage,
                fmt::format("{}: {}; expected "
                            "synthetic:(grok-1|grok-1-tiny|bench-1b|bench-tiny)[,layers=1..4096]"
                            "[,dtype=(i8|bf16|f32)][,seed=NUMBER]",
                            shownText(model),
                            what));
}

ModelConfig configOf(std::string_view model, std::string_view name) {
    if (name == "grok-1") return ModelConfig{};
    if (name == "grok-1-tiny") return grok1Tiny();
    if (name == "bench-1b") return bench1b();
    if (name == "bench-tiny") return benchTiny();
    refuse(model, fmt::format("there is no synthetic model \"{}\"", shownText(name)));
}

template <class T>
T number(
    std::string_view model, std::string_view option, std::string_view text, T lowest, T highest) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < lowest ||
        value > highest)
        refuse(model, fmt::format("{} is \"{}\"", option, shownText(text)));
    return value;
}

DType dtypeOf(std::string_view model, std::string_view text) {
    for (const DType dtype : {DType::I8, DType::BF16, DType::F32})
        if (text == name(dtype)) return dtype;
    refuse(model, fmt::format("dtype is \"{}\"", shownText(text)));
}

void setOption(std::string_view model, std::string_view option, SyntheticSpec& spec) {
    const std::size_t equals = option.find('=');
    const std::string_view key = option.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : option.substr(equals + 1);
    if (key == "layers")
        spec.config.numLayers = number<int>(model, key, value, 1, 4096);
    else if (key == "dtype")
        spec.dtype = dtypeOf(model, value);
    else if (key == "seed")
        spec.seed = number<std::uint64_t>(model, key, value, 0, ~std::uint64_t{0});
    else
        refuse(model, fmt::format("there is no option \"{}\"", shownText(key)));
}

}  // namespace

SyntheticSpec parseSyntheticSpec(std::string_view model) {
    std::string_view rest = model.substr(kSyntheticPrefix.size());
    const auto take = [&] {
        const std::size_t comma = rest.find(',');
        const std::string_view part = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        return part;
    };
    SyntheticSpec spec;
    spec.name = take();
    spec.config = configOf(model, spec.name);
    while (!rest.empty()) setOption(model, take(), spec);
    return spec;
}

}  // namespace gatescope
