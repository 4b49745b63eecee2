#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "engine/export/chat_markdown.h"
#include "engine/export/chat_page.h"
#include "engine/io/npy.h"
#include "engine/store/message_tree_json.h"
#include "engine/store/recording.h"
#include "engine/store/recording_arrays.h"
#include "engine/store/recording_page.h"
#include "engine/store/zip_writer.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Whether an archive's members are also written beside it, a file each.
enum class LooseArrays { No, Yes };

/// Where files go: DIR/STEM and what the format adds to it.
struct Place {
    fs::path dir;
    std::string stem;
    LooseArrays loose = LooseArrays::Yes;
};

// ---------------------------------------------------------------- npz

template <class T>
NamedBytes npyMember(const char* name,
                     const std::vector<std::int64_t>& shape,
                     const std::vector<T>& data) {
    return {std::string(name) + ".npy", npyBytes<T>(shape, data)};
}

std::vector<fs::path> exportNpz(const RecordingArrays& a, const Place& place) {
    const std::vector<std::int64_t> perExpert{a.numLayers, a.numTokens, a.numExperts};
    const std::vector<std::int64_t> perSelected{a.numLayers, a.numTokens, a.numSelected};
    const std::vector<std::int64_t> perToken{a.numTokens};
    const std::vector<std::int64_t> perAlternative{a.numTokens, TokenAlternatives::kMost};
    const std::vector<NamedBytes> members{
        npyMember("router_probs", perExpert, a.routerProbs),
        npyMember("router_lse", {a.numLayers, a.numTokens}, a.routerLse),
        npyMember("selected", perSelected, a.selected),
        npyMember("gates", perSelected, a.gates),
        npyMember("tokens", perToken, a.tokens),
        npyMember("logprobs", perToken, a.logProbs),
        npyMember("predicted", perToken, a.predicted),
        npyMember("generated", perToken, a.generated),
        npyMember("drafted", perToken, a.drafted),
        npyMember("chosen", perToken, a.chosen),
        npyMember("alternatives", perAlternative, a.alternatives),
        npyMember("alternative_logprobs", perAlternative, a.alternativeLogProbs),
        npyMember("entropy_bits", perToken, a.entropy),
        npyMember("rank", perToken, a.rank),
        npyMember("message", perToken, a.message),
        npyMember("text_offsets", {a.numTokens + 1}, a.textOffsets),
        {"text.txt", a.text},
        {"manifest.json", a.manifest}};
    std::vector<fs::path> files{place.dir / (place.stem + ".npz")};
    writeZip(files.front(), members);
    if (place.loose == LooseArrays::No) return files;
    for (const auto& member : members) {
        files.push_back(place.dir / member.name);
        writeFileWhole(files.back(), member.bytes);
    }
    return files;
}

// ---------------------------------------------------------------- csv

/// A field as RFC 4180 writes it.
std::string quoted(std::string_view text) {
    std::string field = "\"";
    for (const char c : text) field += c == '"' ? "\"\"" : std::string(1, c);
    return field + '"';
}

std::string_view textOf(const RecordingArrays& a, std::size_t token) {
    const auto from = static_cast<std::size_t>(a.textOffsets[token]);
    const auto to = static_cast<std::size_t>(a.textOffsets[token + 1]);
    return std::string_view(a.text).substr(from, to - from);
}

/// A number, or nothing where there is none.
std::string cell(float value) {
    return std::isnan(value) ? std::string() : fmt::format("{}", value);
}

std::string tokensCsv(const RecordingArrays& a) {
    std::string csv =
        "token,message,id,generated,drafted,chosen,logprob,predicted,rank,entropy_bits,text\r\n";
    for (std::size_t t = 0; t < a.tokens.size(); ++t)
        csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\r\n",
                           t,
                           a.message[t],
                           a.tokens[t],
                           a.generated[t],
                           a.drafted[t],
                           a.chosen[t],
                           cell(a.logProbs[t]),
                           a.predicted[t] < 0 ? std::string() : fmt::format("{}", a.predicted[t]),
                           a.rank[t] < 1 ? std::string() : fmt::format("{}", a.rank[t]),
                           cell(a.entropy[t]),
                           quoted(textOf(a, t)));
    return csv;
}

std::string routingCsv(const RecordingArrays& a) {
    std::string csv = "token,layer";
    for (int e = 0; e < a.numExperts; ++e) csv += fmt::format(",p{}", e);
    for (int k = 0; k < a.numSelected; ++k) csv += fmt::format(",selected{0},gate{0}", k);
    csv += ",log_sum_exp\r\n";
    for (std::int64_t t = 0; t < a.numTokens; ++t)
        for (std::int64_t layer = 0; layer < a.numLayers; ++layer) {
            const auto row = static_cast<std::size_t>(layer * a.numTokens + t);
            const auto experts = static_cast<std::size_t>(a.numExperts);
            const auto picks = static_cast<std::size_t>(a.numSelected);
            fmt::format_to(std::back_inserter(csv), "{},{}", t, layer);
            for (std::size_t e = 0; e < experts; ++e)
                csv += ',' + cell(a.routerProbs[row * experts + e]);
            for (std::size_t k = row * picks; k < (row + 1) * picks; ++k)
                csv += a.selected[k] < 0 ? std::string(",,")
                                         : fmt::format(",{},{}", a.selected[k], a.gates[k]);
            csv += ',' + cell(a.routerLse[row]) + "\r\n";
        }
    return csv;
}

std::vector<fs::path> exportCsv(const RecordingArrays& a, const Place& place) {
    const std::vector<NamedBytes> files{{place.stem + ".csv", routingCsv(a)},
                                        {place.stem + "-tokens.csv", tokensCsv(a)},
                                        {place.stem + "-manifest.json", a.manifest}};
    std::vector<fs::path> paths;
    for (const auto& file : files) {
        paths.push_back(place.dir / file.name);
        writeFileWhole(paths.back(), file.bytes);
    }
    return paths;
}

// ---------------------------------------------------------------- json

/// Row `layer` of one token; null where nothing was computed.
json routingEntry(const RecordingArrays& a, std::int64_t token) {
    json layers = json::array();
    const auto experts = static_cast<std::size_t>(a.numExperts);
    const auto picks = static_cast<std::size_t>(a.numSelected);
    for (std::int64_t layer = 0; layer < a.numLayers; ++layer) {
        const auto row = static_cast<std::size_t>(layer * a.numTokens + token);
        json probs = json::array();
        json selected = json::array();
        json gates = json::array();
        for (std::size_t e = row * experts; e < (row + 1) * experts; ++e)
            if (!std::isnan(a.routerProbs[e])) probs.push_back(a.routerProbs[e]);
        for (std::size_t k = row * picks; k < (row + 1) * picks; ++k) {
            if (a.selected[k] < 0) continue;
            selected.push_back(a.selected[k]);
            gates.push_back(a.gates[k]);
        }
        if (probs.empty())
            layers.push_back(json());
        else
            layers.push_back(
                {{"router_probs", probs},
                 {"log_sum_exp", std::isnan(a.routerLse[row]) ? json() : json(a.routerLse[row])},
                 {"selected", selected},
                 {"gates", gates}});
    }
    return layers;
}

json alternativesEntry(const RecordingArrays& a, std::size_t token) {
    if (a.rank[token] < 1) return nullptr;
    json likely = json::array();
    for (std::size_t i = 0; i < TokenAlternatives::kMost; ++i) {
        const std::size_t at = token * TokenAlternatives::kMost + i;
        if (a.alternatives[at] < 0) break;
        likely.push_back({{"id", a.alternatives[at]}, {"logprob", a.alternativeLogProbs[at]}});
    }
    return {{"rank", a.rank[token]}, {"entropy_bits", a.entropy[token]}, {"likeliest", likely}};
}

std::vector<fs::path> exportJson(const Recording& recording,
                                 const RecordingArrays& a,
                                 const Place& place) {
    json document = json::parse(a.manifest);
    document.erase("arrays");
    document["tree"] = json::parse(messageTreeJson(recording.messages));
    json tokens = json::array();
    for (std::size_t t = 0; t < a.tokens.size(); ++t)
        tokens.push_back({{"id", a.tokens[t]},
                          {"text", textOf(a, t)},
                          {"message", a.message[t]},
                          {"generated", a.generated[t] == 1},
                          {"drafted", a.drafted[t] == 1},
                          {"chosen", a.chosen[t] == 1},
                          {"logprob", a.generated[t] == 1 ? json(a.logProbs[t]) : json()},
                          {"predicted", a.predicted[t] < 0 ? json() : json(a.predicted[t])},
                          {"alternatives", alternativesEntry(a, t)},
                          {"layers", routingEntry(a, static_cast<std::int64_t>(t))}});
    document["tokens"] = std::move(tokens);
    const fs::path path = place.dir / (place.stem + ".json");
    writeFileWhole(path, document.dump(1, ' ', false, json::error_handler_t::replace) + '\n');
    return {path};
}

}  // namespace

namespace {

void makeFolder(const fs::path& dir) {
    std::error_code failure;
    fs::create_directories(dir, failure);
    if (!fs::is_directory(dir, failure))
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be made a folder; choose another", dir.string()));
}

/// What is to be written, and of what.
struct Job {
    ExportFormat format = ExportFormat::Npz;
    MessageId leaf = 0;
    Versions versions = Versions::Shown;
};

std::vector<fs::path> writeText(const Place& place,
                                const std::string& name,
                                const std::string& text) {
    makeFolder(place.dir);
    writeFileWhole(place.dir / name, text);
    return {place.dir / name};
}

std::vector<fs::path> exportArrays(const Recording& recording,
                                   const fs::path& file,
                                   const Place& place,
                                   const Job& job) {
    const RecordingArrays arrays = arraysOf(recording, file, job.leaf);
    // Before the folder is made: a page may be refused.
    if (job.format == ExportFormat::Html)
        return writeText(
            place, place.stem + ".html", recordingPage(recording, arrays, file, job.leaf));
    makeFolder(place.dir);
    if (job.format == ExportFormat::Npz) return exportNpz(arrays, place);
    if (job.format == ExportFormat::Csv) return exportCsv(arrays, place);
    return exportJson(recording, arrays, place);
}

std::vector<fs::path> exportTo(const fs::path& file, const Place& place, const Job& job) {
    const Recording recording = readRecording(file);
    if (job.format == ExportFormat::Markdown)
        return writeText(
            place, place.stem + ".md", chatMarkdown(recording, job.leaf, job.versions));
    if (job.format == ExportFormat::ChatPage)
        return writeText(place,
                         place.stem + (place.loose == LooseArrays::Yes ? "-chat.html" : ".html"),
                         chatPage(recording, job.leaf, job.versions));
    return exportArrays(recording, file, place, job);
}

}  // namespace

ExportFormat exportFormat(std::string_view name) {
    if (name == "npz") return ExportFormat::Npz;
    if (name == "csv") return ExportFormat::Csv;
    if (name == "json") return ExportFormat::Json;
    if (name == "html") return ExportFormat::Html;
    if (name == "md") return ExportFormat::Markdown;
    if (name == "chat-html") return ExportFormat::ChatPage;
    throw Error(ErrorKind::BadUsage,
                fmt::format("format '{}': expected npz, csv, json, html, md or chat-html",
                            name.substr(0, 80)));
}

std::vector<fs::path> exportRecording(const fs::path& file,
                                      const fs::path& dir,
                                      ExportFormat format,
                                      MessageId leaf,
                                      Versions versions) {
    return exportTo(file,
                    {.dir = dir, .stem = file.stem().string(), .loose = LooseArrays::Yes},
                    {format, leaf, versions});
}

std::vector<fs::path> exportRecordingAs(const fs::path& file,
                                        const fs::path& target,
                                        ExportFormat format,
                                        MessageId leaf,
                                        Versions versions) {
    const fs::path dir = target.has_parent_path() ? target.parent_path() : fs::path(".");
    return exportTo(file,
                    {.dir = dir, .stem = target.stem().string(), .loose = LooseArrays::No},
                    {format, leaf, versions});
}

}  // namespace gatescope
