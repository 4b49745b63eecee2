#include <fmt/format.h>

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/progress_bar.h"
#include "app/exit_status.h"

namespace gatescope::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string model;
    bool json = false;
};

std::uint64_t availableMemory() {
    std::ifstream in("/proc/meminfo");
    std::uint64_t value = 0;
    for (std::string key, unit; in >> key >> value; std::getline(in, unit))
        if (key == "MemAvailable:") return value * 1024;
    return 0;
}

std::uint64_t elements(const TensorInfo& tensor) {
    std::uint64_t count = 1;
    for (const auto size : tensor.shape) count *= static_cast<std::uint64_t>(size);
    return count;
}

/// Weight bytes by element type; what a tensor holds beyond its own elements are bf16 scales.
std::map<std::string, std::uint64_t> bytesByType(const ModelSource& source) {
    std::map<std::string, std::uint64_t> out;
    for (const auto& tensor : source.tensors()) {
        const std::uint64_t own = elements(tensor) * itemSize(tensor.dtype);
        out[std::string(name(tensor.dtype))] += own;
        if (tensor.bytes > own) out["bf16 scales"] += tensor.bytes - own;
    }
    return out;
}

/// Of the expert tensors [numExperts, ...] a token reads numSelected, of all others everything.
std::uint64_t bytesPerToken(const ModelSource& source) {
    const ModelConfig& config = source.config();
    std::uint64_t sum = 0;
    for (const auto& tensor : source.tensors()) {
        const bool experts = tensor.shape.size() == 3;
        sum += experts ? tensor.bytes / static_cast<std::uint64_t>(config.numExperts) *
                             static_cast<std::uint64_t>(config.numSelected)
                       : tensor.bytes;
    }
    return sum;
}

Json configJson(const ModelConfig& c) {
    return {{"layers", c.numLayers},
            {"d_model", c.dModel},
            {"q_heads", c.numQHeads},
            {"kv_heads", c.numKvHeads},
            {"head_size", c.headSize},
            {"experts", c.numExperts},
            {"experts_selected", c.numSelected},
            {"expert_width", c.ffnSize},
            {"vocab_size", c.vocabSize},
            {"context_length", c.contextLength},
            {"embedding_scale", c.embeddingScale},
            {"logit_scale", c.logitScale},
            {"attention_scale", c.attentionScale},
            {"attention_cap", c.attentionCap},
            {"rms_eps", c.rmsEps},
            {"rope_base", c.ropeBase},
            {"pad_token", c.padToken},
            {"eos_token", c.eosToken}};
}

Json planJson(const ModelSource& source, std::uint64_t totalBytes) {
    const ModelConfig& c = source.config();
    const auto cacheBytes = static_cast<std::uint64_t>(c.contextLength) * 2 *
                            static_cast<std::uint64_t>(c.numLayers) *
                            static_cast<std::uint64_t>(c.kvWidth()) * sizeof(float);
    const std::uint64_t available = availableMemory();
    return {{"device", "cpu"},
            {"weight_bytes", totalBytes},
            {"kv_cache_bytes", cacheBytes},
            {"available_bytes", available},
            {"fits", totalBytes + cacheBytes <= available},
            {"weight_bytes_per_token", bytesPerToken(source)},
            {"provenance", "derived"}};
}

Json describe(const ModelSource& source) {
    Json out;
    out["model"] = source.name();
    out["format"] = source.format();
    out["synthetic"] = source.isSynthetic();
    out["architecture"] = source.config().architecture;
    out["sizes"] = configJson(source.config());
    const ParameterCount parameters = countParameters(source.config());
    out["parameters"] = {{"total", parameters.total}, {"active", parameters.active}};
    std::uint64_t total = 0;
    auto& bytes = out["bytes"] = Json::object();
    for (const auto& [type, count] : bytesByType(source)) {
        bytes[type] = count;
        total += count;
    }
    out["bytes_total"] = total;
    out["tensors"] = source.tensors().size();
    if (const auto tokenizer = source.tokenizer()) {
        out["tokenizer"] = {{"type", "sentencepiece"},
                            {"file", source.tokenizerOrigin()},
                            {"pieces", tokenizer->vocabSize()},
                            {"bos", "never added"}};
    } else {
        out["tokenizer"] = nullptr;
    }
    out["plan"] = planJson(source, total);
    return out;
}

void printText(const Json& d) {
    const Json& s = d["sizes"];
    const Json& plan = d["plan"];
    const auto bytes = [](const Json& value) { return bytesText(value.get<std::uint64_t>()); };
    fmt::print("{}{}, {}\n",
               d["synthetic"].get<bool>() ? "SYNTHETIC " : "",
               d["model"].get<std::string>(),
               d["format"].get<std::string>());
    fmt::print(
        "architecture   {}: {} layers, {} wide, {} experts of width {}, {} selected a token\n",
        d["architecture"].get<std::string>(),
        s["layers"].get<int>(),
        s["d_model"].get<int>(),
        s["experts"].get<int>(),
        s["expert_width"].get<int>(),
        s["experts_selected"].get<int>());
    fmt::print("attention      {} query and {} key/value heads of {}, context {}\n",
               s["q_heads"].get<int>(),
               s["kv_heads"].get<int>(),
               s["head_size"].get<int>(),
               s["context_length"].get<int>());
    fmt::print("parameters     {:L} in all, {:L} active a token\n",
               d["parameters"]["total"].get<std::uint64_t>(),
               d["parameters"]["active"].get<std::uint64_t>());
    fmt::print("weights        {} in {} tensors:",
               bytes(d["bytes_total"]),
               d["tensors"].get<std::size_t>());
    for (const auto& [type, count] : d["bytes"].items()) fmt::print(" {} {}", type, bytes(count));
    if (d["tokenizer"].is_null())
        fmt::print("\ntokenizer      none\n");
    else
        fmt::print("\ntokenizer      SentencePiece, {} pieces, no BOS\n",
                   d["tokenizer"]["pieces"].get<int>());
    fmt::print(
        "plan (derived) CPU: {} of weights and {} of KV cache in {} of available memory: {}\n",
        bytes(plan["weight_bytes"]),
        bytes(plan["kv_cache_bytes"]),
        bytes(plan["available_bytes"]),
        plan["fits"].get<bool>() ? "fits" : "does not fit");
    fmt::print("               a token reads {} of weights\n",
               bytes(plan["weight_bytes_per_token"]));
}

int info(const Options& options) {
    const auto source = openModel(options.model);
    const Json description = describe(*source);
    if (options.json)
        fmt::print("{}\n",
                   description.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else
        printText(description);
    return kExitOk;
}

}  // namespace

void addInfo(CLI::App& app, Run& run) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "info",
        "Sizes, parameters, bytes by type, tokenizer, and whether it fits this machine.\n"
        "Example: gatescope-cli info resources/demo/model --json");
    command->add_option("MODEL", options->model)->required();
    command->add_flag("--json", options->json, "one JSON document");
    command->callback(
        [options, &run] { run = [options](const Context&) { return info(*options); }; });
}

}  // namespace gatescope::cli
