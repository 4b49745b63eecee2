#include "ui/compare/run_choices.h"

#include <QPointer>
#include <QRandomGenerator>
#include <memory>
#include <utility>

#include "engine/error.h"
#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

constexpr std::size_t kMostStored = 40;  ///< conversations offered, last used first
constexpr int kMostPromptTokens = 64;    ///< written behind each prompt

QString shortTitle(const std::string& text) {
    const QString line = visibleLine(QString::fromStdString(text).simplified());
    return line.size() <= 36 ? line : line.left(35) + QChar(0x2026);
}

}  // namespace

QString describeInterventions(const InterventionSet& set) {
    QStringList parts;
    const auto add = [&parts](const QString& verb, const auto& list) {
        QStringList sites;
        for (const auto& entry : list) sites << QString::fromStdString(toString(entry));
        if (sites.size() > 3) sites = sites.mid(0, 3) << QString(QChar(0x2026));
        if (!sites.isEmpty()) parts << verb.arg(sites.join(QLatin1Char(' ')));
    };
    add(RunChoices::tr("ablate %1"), set.ablate);
    add(RunChoices::tr("force %1"), set.force);
    add(RunChoices::tr("bias %1"), set.bias);
    if (set.topK > 0) parts << RunChoices::tr("top %1").arg(set.topK);
    add(RunChoices::tr("top-k %1"), set.layerTopK);
    if (set.renormalise) parts << RunChoices::tr("renormalise");
    return parts.isEmpty() ? RunChoices::tr("no interventions") : parts.join(QStringLiteral(", "));
}

RunChoices::RunChoices(EngineBridge& bridge, QObject* parent) : QObject(parent), bridge_(bridge) {}

std::optional<int> RunChoices::lastReply() const {
    const auto& messages = bridge_.session().messages();
    for (int i = static_cast<int>(messages.size()) - 1; i >= 0; --i)
        if (messages[static_cast<std::size_t>(i)].role == Role::Assistant) return i;
    return std::nullopt;
}

std::optional<int> RunChoices::shownVersion() const {
    const auto reply = lastReply();
    if (!reply) return std::nullopt;
    return bridge_.session().version(*reply).index;
}

void RunChoices::refresh() {
    const quint64 read = ++reads_;
    versions_.clear();
    const auto reply = lastReply();
    if (!reply || bridge_.session().generating()) return collect();
    bridge_.session().readVersions(
        *reply, [this, read, alive = QPointer(this)](std::vector<std::vector<Message>> branches) {
            if (!alive || read != reads_) return;
            versions_ = std::move(branches);
            collect();
        });
}

void RunChoices::collect() {
    const ChatSession& session = bridge_.session();
    choices_.clear();
    for (int i = 0; i < versionCount(); ++i)
        choices_.push_back({Kind::Version,
                            i,
                            tr("Reply %1 of %2 · %3")
                                .arg(i + 1)
                                .arg(versionCount())
                                .arg(describeInterventions(
                                    versions_[static_cast<std::size_t>(i)].back().interventions))});
    for (std::size_t i = 0; i < prompts_.size(); ++i)
        if (!prompts_[i].tokens.empty())
            choices_.push_back(
                {Kind::Prompt,
                 static_cast<qint64>(i),
                 tr("Prompt %1: %2")
                     .arg(i == 0 ? tr("A") : tr("B"), shortTitle(prompts_[i].title))});
    if (session.traceSize() > 0 && !session.generating())
        choices_.push_back({Kind::Shown, 0, tr("This conversation")});
    for (std::size_t i = 0; i < recordings_.size(); ++i)
        choices_.push_back({Kind::Recording,
                            static_cast<qint64>(i),
                            tr("Recording: %1").arg(shortTitle(recordings_[i].title))});
    std::size_t stored = 0;
    for (const ConversationSummary& other : session.conversations()) {
        if (session.currentConversation() == other.id || stored++ == kMostStored) continue;
        choices_.push_back(
            {Kind::Stored, other.id, tr("Conversation: %1").arg(shortTitle(other.title))});
    }
    Q_EMIT changed();
}

// ---------------------------------------------------------------- what a choice is

ComparedRun RunChoices::versionRun(int version) const {
    const ChatSession& session = bridge_.session();
    ComparedRun run =
        runOfLast(versions_[static_cast<std::size_t>(version)], session.conversation());
    run.replay = session.isReplay();
    if (shownVersion() == version) run.firstToken = session.firstTokenOfMessage(*lastReply());
    return run;
}

void RunChoices::load(const Choice& choice, std::function<void(ComparedRun)> done) {
    const ChatSession& session = bridge_.session();
    const auto number = static_cast<std::size_t>(choice.id);
    switch (choice.kind) {
        case Kind::Version:
            if (number < versions_.size()) done(versionRun(static_cast<int>(choice.id)));
            return;
        case Kind::Shown: {
            ComparedRun run = runOfAll(session.messages(), session.conversation());
            run.replay = session.isReplay();
            run.firstToken = 0;
            return done(std::move(run));
        }
        case Kind::Recording:
            return done(recordings_.at(number));
        case Kind::Prompt:
            return done(prompts_.at(number));
        case Kind::Stored:
            return loadStored(choice.id, std::move(done));
    }
}

void RunChoices::loadStored(ConversationId id, std::function<void(ComparedRun)> done) {
    auto run = std::make_shared<ComparedRun>();
    bridge_.store().post(
        [run, id](ConversationStore& store) {
            ConversationSummary summary;
            for (auto& c : store.conversations())
                if (c.id == id) summary = std::move(c);
            const auto tree = store.messages(id);
            std::vector<Message> branch;
            for (const std::size_t i : branchOf(tree)) branch.push_back(tree[i]);
            *run = runOfAll(branch, summary);
        },
        [run, done = std::move(done), alive = QPointer(this)] {
            if (alive) done(std::move(*run));
        });
}

void RunChoices::openRecording(const std::filesystem::path& file) {
    struct Read {
        ComparedRun run;
        std::optional<std::string> error;
    };
    auto read = std::make_shared<Read>();
    bridge_.store().post(
        [read, file](ConversationStore&) {
            try {
                read->run = runOfRecording(file);
            } catch (const Error& error) {  // of this file; the library's own have a handler
                read->error = error.what();
            }
        },
        [this, read, alive = QPointer(this)] {
            if (!alive) return;
            if (read->error) {
                Q_EMIT bridge_.errorOccurred(QString::fromStdString(*read->error));
                return;
            }
            recordings_.push_back(std::move(read->run));
            collect();
            Q_EMIT recordingOpened(static_cast<int>(recordings_.size()) - 1);
        });
}

// ---------------------------------------------------------------- two prompts

void RunChoices::runPrompts(const QString& a, const QString& b) {
    if (runningPrompts()) return;
    const ChatSession& session = bridge_.session();
    GenerationRequest request;
    request.interventions = session.interventions();
    request.sampler = session.sampler();
    if (request.sampler.seed == 0)
        request.sampler.seed = 1 + QRandomGenerator::global()->generate();
    request.maxTokens = std::min(session.maxTokens(), kMostPromptTokens);
    const std::array texts{a.toStdString(), b.toStdString()};
    bridge_.run([&](ChatSession& s) {
        for (std::size_t side = 0; side < texts.size(); ++side) {
            request.prompt = {
                {.text = texts[side], .tokens = {}, .interventions = request.interventions}};
            auto& gathered = sideRuns_[side];
            gathered = std::make_shared<SideRun>(s.model() ? s.model()->tokenizer : nullptr);
            s.generateAside(request,
                            [this, request, side, gathered, alive = QPointer(this)](const auto& e) {
                                gathered->take(e);
                                if (alive && gathered->finished()) promptEnded(request, side);
                            });
            ++running_;
        }
    });
}

void RunChoices::promptEnded(const GenerationRequest& request, std::size_t side) {
    const auto model = bridge_.session().model();
    ComparedRun& run = prompts_[side];
    run = {};
    run.title = request.prompt.front().text;
    run.tokens = sideRuns_[side]->tokens();
    run.interventions = request.interventions;
    if (model) {
        run.model = model->model;
        run.facts.name = model->name;
        run.facts.synthetic = model->synthetic;
    }
    if (--running_ > 0) return;
    collect();
    if (!prompts_[0].tokens.empty() && !prompts_[1].tokens.empty()) Q_EMIT promptsRan();
}

}  // namespace gatescope
