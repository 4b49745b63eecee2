#include "app/cli/prompts/run_prompts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/cli/analysis/analysis.h"
#include "app/cli/analysis/files.h"
#include "app/cli/engine_run.h"
#include "app/cli/model_loading.h"
#include "app/cli/prompts/prompt_arrays.h"
#include "app/cli/prompts/prompt_file.h"
#include "app/cli/recorded_run.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/model/fingerprint.h"
#include "engine/store/settings_json.h"
#include "engine/store/zip_writer.h"

namespace gatescope::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// What is known before the first prompt runs.
struct Plan {
    std::vector<PromptLine> prompts;
    std::vector<std::string> tags;            ///< in the order they appear
    std::vector<TaggedRecording> recordings;  ///< one a prompt, written or not
    std::string fingerprint;
    std::string text;  ///< run.json
};

int countOf(const PromptLine& prompt, const PromptsRequest& request) {
    return prompt.maxTokens.value_or(request.count);
}

/// Letters, digits, '-' and '_' of a name from outside, for a file's.
std::string fileName(const std::string& name) {
    std::string safe;
    for (const char c : name.substr(0, 60)) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
        safe += plain ? c : '-';
    }
    return safe;
}

int tagIndex(const std::string& tag, std::vector<std::string>& tags) {
    if (tag.empty()) return -1;
    const auto found = std::ranges::find(tags, tag);
    if (found != tags.end()) return static_cast<int>(found - tags.begin());
    tags.push_back(tag);
    return static_cast<int>(tags.size()) - 1;
}

std::string runText(const Plan& plan, const PromptsRequest& request) {
    ordered_json prompts = ordered_json::array();
    for (std::size_t i = 0; i < plan.prompts.size(); ++i) {
        const PromptLine& p = plan.prompts[i];
        prompts.push_back({{"line", p.line},
                           {"id", p.id},
                           {"tag", plan.recordings[i].tag},
                           {"n", countOf(p, request)},
                           {"recording", plan.recordings[i].file.filename().string()},
                           {"prompt", p.prompt}});
    }
    const ordered_json run{
        {"format", "gatescope-prompts-1"},
        {"model", request.model},
        {"fingerprint", plan.fingerprint},
        {"decoder", request.decoder.kind},
        {"precision", request.decoder.precision},
        {"ranks", request.decoder.ranks},
        {"cache", request.decoder.cache},
        {"sampler", ordered_json::parse(toJson(request.sampler))},
        {"interventions", ordered_json::parse(toJson(request.interventions.set()))},
        {"ignore_eos", request.ignoreEos},
        {"tags", plan.tags},
        {"prompts", prompts}};
    return run.dump(1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

Plan makePlan(const PromptsRequest& request, const std::stop_token& stop) {
    Plan plan;
    plan.prompts = readPromptFile(request.prompts);
    const fs::path folder = fs::path(request.out) / "recordings";
    for (std::size_t i = 0; i < plan.prompts.size(); ++i) {
        const PromptLine& p = plan.prompts[i];
        const std::string name =
            fmt::format("{:05}{}{}.gscope", i, p.id.empty() ? "" : "-", fileName(p.id));
        plan.recordings.push_back({.file = folder / name, .tag = tagIndex(p.tag, plan.tags)});
    }
    const auto source = openWhole(request.model);  // told before gigabytes are read
    validate(request.interventions.set(), source->config());
    loadTokenizer(*source);
    plan.fingerprint = modelFingerprint(*source, stop);
    plan.text = runText(plan, request);
    return plan;
}

/// Makes OUT this run's, or finds that it is already.
void claimFolder(const Plan& plan, const PromptsRequest& request) {
    const fs::path out(request.out);
    std::error_code failure;
    fs::create_directories(out / "recordings", failure);
    if (!fs::is_directory(out / "recordings", failure))
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be made a folder; choose another", request.out));
    const fs::path file = out / "run.json";
    if (std::ifstream in(file, std::ios::binary); in) {
        const std::string found(std::istreambuf_iterator<char>(in), {});
        if (found == plan.text) return;
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--out {}: holds a run of other prompts, settings or weights (see "
                                "run.json there); choose another folder, or remove it",
                                request.out));
    }
    writeFileWhole(file, plan.text);
}

GenerationRequest requestOf(const PromptLine& prompt, const PromptsRequest& request) {
    GenerationRequest out;
    out.id = 1;
    out.interventions = request.interventions.set();
    out.prompt.push_back({.text = prompt.prompt, .tokens = {}, .interventions = out.interventions});
    out.sampler = request.sampler;
    out.maxTokens = std::max(1, countOf(prompt, request));
    out.stopAtEos = !request.ignoreEos;
    return out;
}

/// False: interrupted.
bool recordPrompt(const Plan& plan,
                  std::size_t index,
                  const PromptsRequest& request,
                  const ModelInfo& model,
                  EngineRun& engine) {
    const PromptLine& prompt = plan.prompts[index];
    RunOutcome outcome = engine.run(requestOf(prompt, request));
    if (engine.interrupted()) return false;
    if (outcome.failure)
        throw Error(
            outcome.failure->kind,
            fmt::format("{}: line {}: {}", request.prompts, prompt.line, outcome.failure->message));
    if (countOf(prompt, request) == 0) {  // the one token that a generation gives at least
        outcome.reply.clear();
        outcome.text.clear();
    }
    saveRun({.outcome = outcome,
             .model = model,
             .modelPath = request.model,
             .fingerprint = plan.fingerprint,
             .promptText = prompt.prompt,
             .title = prompt.id,
             .sampler = request.sampler,
             .interventions = request.interventions.set()},
            plan.recordings[index].file);
    if (!request.json) fmt::print("{}\n", plan.recordings[index].file.string());
    return true;
}

/// False: interrupted.
bool recordAll(const Plan& plan, const PromptsRequest& request, const Context& context) {
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < plan.recordings.size(); ++i)
        if (!fs::exists(plan.recordings[i].file)) missing.push_back(i);
    if (missing.empty()) return true;
    EngineRun engine(context.interrupted, /*stream=*/false);
    const auto model = engine.load(request.model, request.decoder.options());
    if (!model) return false;
    for (std::size_t done = 0; done < missing.size(); ++done) {
        if (recordPrompt(plan, missing[done], request, *model, engine)) continue;
        fmt::print(stderr,
                   "{} of {} prompts are recorded; the same command goes on from there\n",
                   plan.prompts.size() - missing.size() + done,
                   plan.prompts.size());
        return false;
    }
    return true;
}

// ---------------------------------------------------------------- statistics

Population populationOf(const Plan& plan, const PromptsRequest& request) {
    if (request.population) return *request.population;
    const bool any = std::ranges::any_of(
        plan.prompts, [&](const PromptLine& p) { return countOf(p, request) > 0; });
    return any ? Population::Generated : Population::Prompt;
}

bool hasTokens(const RoutedRun& run, Population population) {
    const int tokens = population == Population::Prompt      ? run.prompt
                       : population == Population::Generated ? run.generated
                                                             : run.prompt + run.generated;
    return tokens > 0;
}

/// Each token's tag; the gaps between recordings have none.
std::vector<std::int32_t> domainsOf(const RoutedRun& run,
                                    const std::vector<TaggedRecording>& recordings) {
    std::vector<std::int32_t> domains(static_cast<std::size_t>(run.trace.size()), kNoLabel);
    for (std::size_t r = 0; r < recordings.size(); ++r) {
        const auto first = static_cast<std::size_t>(run.firstTokens[r]);
        const auto end = r + 1 < recordings.size()
                             ? static_cast<std::size_t>(run.firstTokens[r + 1] - 1)
                             : domains.size();
        std::fill(domains.begin() + static_cast<std::ptrdiff_t>(first),
                  domains.begin() + static_cast<std::ptrdiff_t>(end),
                  recordings[r].tag);
    }
    return domains;
}

std::vector<std::string> filesOf(const std::vector<TaggedRecording>& recordings) {
    std::vector<std::string> files;
    for (const auto& recording : recordings) files.push_back(recording.file.string());
    return files;
}

void tell(const PromptsRequest& request, const std::vector<fs::path>& files) {
    if (request.json) return;
    for (const auto& file : files) fmt::print("{}\n", file.string());
}

void writeStatistics(const Plan& plan, const PromptsRequest& request) {
    const fs::path out(request.out);
    RoutedRun run = readRuns(filesOf(plan.recordings));
    run.file = request.out;
    const Population population = populationOf(plan, request);
    if (!hasTokens(run, population))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("--population {}: no such token was recorded; the recordings in {} "
                                "are whole",
                                name(population),
                                request.out));
    AnalysisRequest asked{.tokens = {population, 0, run.trace.size()}, .layer = {}, .domains = {}};
    if (!plan.tags.empty()) asked.domains = domainsOf(run, plan.recordings);
    const Analysis analysis = analyse(run, asked);
    const AnalysisFacts facts{run, analysis};
    const auto tables = tablesOf(analysis, nullptr, {});
    tell(request, writeAnalysisCsv(facts, tables, out / "statistics"));
    const std::string document = analysisJson(facts, tables);
    writeFileWhole(out / "statistics.json", document);
    tell(request, {out / "statistics.json"});
    if (request.json) fmt::print("{}", document);
}

void writeTagStatistics(const Plan& plan, const PromptsRequest& request) {
    const Population population = populationOf(plan, request);
    for (std::size_t tag = 0; tag < plan.tags.size(); ++tag) {
        std::vector<TaggedRecording> tagged;
        std::ranges::copy_if(plan.recordings, std::back_inserter(tagged), [&](const auto& r) {
            return r.tag == static_cast<int>(tag);
        });
        RoutedRun run = readRuns(filesOf(tagged));
        run.file = fmt::format("{}, tag {}", request.out, plan.tags[tag]);
        if (!hasTokens(run, population)) continue;  // nothing can be said of it
        const Analysis analysis =
            analyse(run, {.tokens = {population, 0, run.trace.size()}, .layer = {}, .domains = {}});
        const std::string folder = fmt::format("{}-{}", tag, fileName(plan.tags[tag]));
        tell(request,
             writeAnalysisCsv({run, analysis},
                              tablesOf(analysis, nullptr, {}),
                              fs::path(request.out) / "tags" / folder));
    }
}

}  // namespace

int runPrompts(const PromptsRequest& request, const Context& context) {
    validate(request.sampler);
    if (request.count < 0)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("-n {}: expected 0 for prompts only, or more", request.count));
    const Plan plan = makePlan(request, context.interrupted);
    if (context.interrupted.stop_requested()) return kExitInterrupted;
    claimFolder(plan, request);
    if (!recordAll(plan, request, context)) return kExitInterrupted;
    const fs::path arrays = fs::path(request.out) / "all.npz";
    writePromptArrays(plan.recordings, plan.text, arrays);
    tell(request, {arrays});
    writeStatistics(plan, request);
    writeTagStatistics(plan, request);
    return kExitOk;
}

}  // namespace gatescope::cli
