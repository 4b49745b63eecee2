#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/model_options.h"
#include "app/cli/offload/replayed.h"
#include "app/cli/progress_bar.h"
#include "app/cli/quantised_model.h"
#include "app/cli/routing_summary.h"
#include "app/cli/standard_input.h"
#include "app/exit_status.h"
#include "engine/chat/chat_session.h"
#include "engine/decoder/scope_filter.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/model/open_model.h"
#include "engine/offload/heat_keeper.h"
#include "engine/settings/settings_files.h"

namespace gatescope::cli {
namespace {

using namespace std::chrono_literals;

struct Options {
    std::string model;
    std::string templateName = PromptTemplates().all().front().name;  ///< or a file
    std::optional<std::string> preset;                                ///< its name, or a file
    int maxTokens = 200;
    float temperature = SamplerConfig{}.temperature;
    std::uint64_t seed = 0;
    bool speculate = false;
    bool noHeat = false;
    std::string profileDir;
    ReplyOptions reply;  ///< what these come to
    DecoderChoice decoder;
};

constexpr const char* kHelp =
    "  /template NAME       transcript, continuation or few-shot\n"
    "  /ablate LAYER:EXPERT turn an expert off      /force LAYER:EXPERT  always select it\n"
    "  /exclude LAYER:EXPERT route around it        /swap LAYER:E:F      exchange two experts\n"
    "  /scale LAYER:EXPERT:X its gate times X       /bias LAYER:EXPERT:X X on its router logit\n"
    "  /top-k K             experts a token          /top-k L-M:K         of layers L to M\n"
    "  /where FILTER        only for matching tokens /clear              no interventions\n"
    "  /undo, /redo         the last of these changes /regenerate        the last reply once more\n"
    "  /new                 forget the conversation /save FILE.gscope    record it\n"
    "  /help                this text               /quit                leave (as does Ctrl-D)\n";

/// What "/ablate 3:5" and its like add to `set`. False: `verb` is another command.
bool addIntervention(const std::string& verb, const std::string& argument, InterventionSet& set) {
    if (verb == "/ablate")
        set.ablate.push_back(parseExpertSite(argument));
    else if (verb == "/exclude")
        set.exclude.push_back(parseExpertSite(argument));
    else if (verb == "/force")
        set.force.push_back(parseExpertSite(argument));
    else if (verb == "/bias")
        set.bias.push_back(parseExpertBias(argument));
    else if (verb == "/scale")
        set.scale.push_back(parseExpertScale(argument));
    else if (verb == "/swap")
        set.swap.push_back(parseExpertSwap(argument));
    else if (verb == "/top-k")
        setTopK(set, argument);
    else
        return false;
    return true;
}

bool isFile(const std::string& text) {
    return text.ends_with(".json");
}

ReplyPreset presetOf(const std::string& nameOrFile) {
    if (isFile(nameOrFile)) return readPreset(nameOrFile);
    const auto& all = builtInPresets();
    const auto found = std::ranges::find(all, nameOrFile, &ReplyPreset::name);
    if (found != all.end()) return *found;
    std::vector<std::string> names;
    for (const auto& preset : all) names.push_back(preset.name);
    throw Error(ErrorKind::BadUsage,
                fmt::format("there is no preset '{}'; there are {}, or give a file NAME.json",
                            shownText(nameOrFile),
                            fmt::join(names, ", ")));
}

class TerminalChat : public ChatObserver {
  public:
    TerminalChat(const Options& options, const Context& context)
        : interrupted_(context.interrupted), session_(engine_, store_) {
        session_.setObserver(this);
        if (!options.noHeat) learnHeat(options.profileDir);
        chooseTemplate(options.templateName);
        session_.setReplyOptions(options.reply);
        loadTokenizer(*openModel(options.model));  // what is wrong here has its own exit status
        session_.openModel(options.model, options.decoder.options());
    }

    int talk() {
        // Who types can do so while the model is still being read; a pipe gets no word of a bad
        // one.
        const bool early = isatty(STDIN_FILENO) != 0;
        pumpWhile([&] { return session_.loading() && !(early && session_.model()); });
        if (modelMissing()) return kExitInterrupted;
        bar_.clear();
        talking_ = true;
        const ModelInfo& model = *session_.model();
        fmt::print("{}{} on {}. A base model continues text; /help lists the commands.\n",
                   model.synthetic ? "SYNTHETIC " : "",
                   model.name,
                   model.device);
        if (session_.loading()) fmt::print("It is still being read; you can write already.\n");
        StandardInput lines;
        for (std::string line;;) {
            prompt();
            auto state = StandardInput::State::Waiting;
            while (state == StandardInput::State::Waiting && !interrupted_.stop_requested()) {
                session_.pump();
                if (modelMissing()) return kExitInterrupted;
                state = lines.next(line);
            }
            if (interrupted_.stop_requested()) return kExitInterrupted;
            if (state == StandardInput::State::Ended || line == "/quit") break;
            if (!handle(line)) return kExitInterrupted;
            if (engineLost_) return exitStatus(ErrorKind::DeviceFault);  // failed() has said why
        }
        if (isatty(STDIN_FILENO) != 0) fmt::print("\n");
        return kExitOk;
    }

    void modelLoaded() override {
        bar_.clear();
        if (const auto& note = session_.model()->note; !note.empty())
            fmt::print(stderr, "{}\n", note);
    }
    void modelLoadFailed(ErrorKind kind) override { loadFault_ = kind; }
    void modelLoadProgressed(const LoadProgress& p) override {
        if (!talking_) bar_.update(p.bytesDone, p.bytesTotal);
    }
    void messageTextChanged(int index) override {
        const std::string& text = session_.messages()[static_cast<std::size_t>(index)].text;
        if (text.size() <= printed_) return;
        prefillBar_.reset();
        std::fwrite(text.data() + printed_, 1, text.size() - printed_, stdout);
        std::fflush(stdout);
        printed_ = text.size();
    }
    void messageAppended(int) override { printed_ = 0; }
    void generationStarted() override {
        prefillBar_.emplace("reading the prompt", ProgressBar::Unit::Tokens);
    }
    void prefillProgressed(int done, int total) override {
        if (prefillBar_)
            prefillBar_->update(static_cast<std::uint64_t>(done),
                                static_cast<std::uint64_t>(total));
    }
    void generationFinished(const GenerationFinished&) override { prefillBar_.reset(); }
    void engineLost() override { engineLost_ = true; }
    void failed(const std::string& message) override {
        failure_ = message;
        if (session_.model()) fmt::print(stderr, "\nerror: {}\n", message);
    }

  private:
    void learnHeat(const std::string& profile) {
        try {
            heat_.emplace(profileFolder(profile) / "heat");
            session_.setHeat(*heat_);
        } catch (const Error& error) {  // no home: a chat needs none
            fmt::print(stderr, "{}; which experts are hot is not learnt\n", error.what());
        }
    }

    /// True: the load was interrupted. Throws Error if it failed, be it after the talk began.
    bool modelMissing() const {
        if (session_.model() || session_.loading() || engineLost_) return false;
        if (interrupted_.stop_requested()) return true;
        throw Error(loadFault_, failure_);
    }

    void prompt() const {
        if (isatty(STDIN_FILENO) != 0) fmt::print("\n> ");
        std::fflush(stdout);  // whoever talks through a pipe waits for what was said so far
    }

    template <class Condition>
    void pumpWhile(Condition condition) {
        bool stopped = false;
        while (condition()) {
            session_.pump(20ms);
            usleep(2000);
            if (interrupted_.stop_requested() && !std::exchange(stopped, true)) {
                session_.cancelLoad();
                session_.stop();
            }
        }
    }

    /// False: interrupted while a reply was written.
    bool handle(const std::string& line) {
        try {
            if (line.starts_with("/"))
                command(line);
            else if (line.find_first_not_of(" \t\r") != std::string::npos)
                session_.send(line);
        } catch (const Error& error) {  // a wrong command or moment: said, and the chat goes on
            fmt::print(stderr, "error: {}\n", error.what());
        }
        const bool replying = session_.generating();
        pumpWhile([this] { return session_.generating(); });
        if (replying) summarise();
        return !interrupted_.stop_requested();
    }

    void command(const std::string& line) {
        std::istringstream words(line);
        std::string verb;
        std::string argument;
        words >> verb >> argument;
        InterventionSet set = session_.interventions();
        if (verb == "/help") {
            fmt::print("{}", kHelp);
        } else if (verb == "/template") {
            session_.setTemplate(argument);
        } else if (addIntervention(verb, argument, set)) {
            session_.setInterventions(set);
        } else if (verb == "/where") {
            std::string rest;
            std::getline(words, rest);
            restrictTo(argument + rest);
        } else if (verb == "/clear") {
            session_.setInterventions({});
        } else if (verb == "/undo") {
            session_.undoInterventions();
        } else if (verb == "/redo") {
            session_.redoInterventions();
        } else if (verb == "/regenerate") {
            session_.regenerate();
        } else if (verb == "/new") {
            session_.newConversation();
        } else if (verb == "/save") {
            save(argument);
        } else {
            throw Error(ErrorKind::BadUsage,
                        fmt::format("there is no command {}; /help lists them", verb));
        }
    }

    /// Empty: to nothing.
    void restrictTo(const std::string& filter) {
        InterventionSet set = session_.interventions();
        if (!filter.empty()) {
            if (set.empty())
                throw Error(ErrorKind::BadUsage,
                            "/where: expected an intervention that it restricts, like /ablate 3:5 "
                            "before it");
            ScopeFilter::check(filter);
        }
        set.scope.filter = filter;
        session_.setInterventions(set);
    }

    void save(const std::string& file) {
        bool done = false;
        session_.saveRecording(file, [&](const std::optional<std::string>& error) {
            fmt::print("{}\n", error ? "error: " + *error : "saved " + file);
            done = true;
        });
        pumpWhile([&] { return !done; });
    }

    void summarise() const {
        if (!session_.model()) return;  // lost in this reply
        const ModelConfig& config = session_.model()->config;
        RoutingStats stats(config.numLayers, config.numExperts);
        for (const auto& token : session_.messages().back().tokens)
            if (token.generated && token.routing) stats.add(*token.routing);
        fmt::print("\n[{}]\n", routingLine(stats));
        std::fflush(stdout);
    }

    void chooseTemplate(const std::string& nameOrFile) {
        if (!isFile(nameOrFile)) return session_.setTemplate(nameOrFile);
        PromptTemplate own = readTemplate(nameOrFile);
        session_.setOwnTemplates({own});
        session_.setTemplate(own.name);
    }

    std::stop_token interrupted_;
    std::optional<HeatKeeper> heat_;  ///< outlives the session
    StoreWriter store_;
    Engine engine_;
    ChatSession session_;
    ProgressBar bar_{"loading", ProgressBar::Unit::Bytes};
    std::optional<ProgressBar> prefillBar_;
    ErrorKind loadFault_ = ErrorKind::DeviceFault;
    std::string failure_;
    std::size_t printed_ = 0;
    bool engineLost_ = false;
    bool talking_ = false;  ///< a bar would be drawn over what is typed
};

int talkTo(const Options& options, const Context& context) {
    return TerminalChat(options, context).talk();
}

}  // namespace

void addChat(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "chat",
        "Talk in the terminal; one line of routing summary after each reply. "
        "Nothing that is said is kept unless /save is used; how often each expert was "
        "selected is, in the profile, unless --no-heat is given (docs/offload.md).\n"
        "Example: gatescope-cli chat resources/demo/model");
    command.option("MODEL", options->model).required();
    command
        .option("--template",
                options->templateName,
                "how the conversation becomes plain text: a name, or a file of one's own, "
                "NAME.json")
        .showDefault();
    command.option("--preset",
                   options->preset,
                   "reply settings: Balanced, Greedy or Varied, or a file NAME.json; the options "
                   "below, where given, come before it");
    command.option("-n", options->maxTokens, "tokens of a reply at most").showDefault();
    command.option("--temp", options->temperature, "temperature; 0: always the likeliest token")
        .showDefault();
    command.option("--seed", options->seed, "0: a new one for every reply")
        .wholeNumber()
        .showDefault();
    command.flag("--speculate", options->speculate, kSpeculateHelp);
    command.flag("--no-heat", options->noHeat, "do not learn which experts are hot");
    command
        .option("--profile-dir",
                options->profileDir,
                "the profile that learns; the window's own if left out")
        .showAs("DIR");
    options->decoder.addTo(command);
    command.whenChosen([options, command, &run] {
        ReplyOptions& reply = options->reply;
        if (options->preset) reply = presetOf(*options->preset).options;
        const auto decides = [&](const char* option) {
            return !options->preset || command.given(option);
        };
        if (decides("-n")) reply.maxTokens = options->maxTokens;
        if (decides("--temp")) reply.sampler.temperature = options->temperature;
        if (decides("--seed")) reply.sampler.seed = options->seed;
        if (decides("--speculate")) reply.speculation = options->speculate;
        run = [options](const Context& context) { return runQuantised(*options, context, talkTo); };
    });
}

}  // namespace gatescope::cli
