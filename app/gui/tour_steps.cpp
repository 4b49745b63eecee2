// What each step of a tour does to the window. A step that cannot do what it says gives the reason.

#include <fmt/format.h>

#include <QAction>
#include <QCoreApplication>
#include <QInputMethodEvent>
#include <QPixmap>
#include <cmath>
#include <fstream>

#include "app/gui/tour_inspection.h"
#include "app/gui/tour_player.h"
#include "engine/settings/settings_files.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/message_footer.h"
#include "ui/composing/composer.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/token_filter.h"
#include "ui/window/stall_watch.h"
#include "ui/window/window_actions.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

constexpr double kDefaultTimeoutS = 120;
// Charts and the status line follow at 10 Hz; a picture shall show them as they will stay.
constexpr qint64 kSettleMs = 250;

QString textOf(const Json& fields, const char* name) {
    return QString::fromStdString(fields.value(name, std::string()));
}

int generatedTokens(const ChatSession& session) {
    if (session.messages().empty()) return 0;
    const auto& tokens = session.messages().back().tokens;
    return static_cast<int>(std::count_if(
        tokens.begin(), tokens.end(), [](const TokenRecord& token) { return token.generated; }));
}

}  // namespace

TourPlayer::Progress TourPlayer::unlessRefused(const char* otherwise) {
    if (refusal_) return failure(*refusal_);
    return otherwise == nullptr ? done() : failure(otherwise);
}

TourPlayer::Progress TourPlayer::triggered(QAction* action, const char* whyNot) {
    if (!action->isEnabled()) return failure(whyNot);
    action->trigger();
    return unlessRefused();
}

TourPlayer::Progress TourPlayer::unlessLate(const Json& fields) {
    const double timeoutS = fields.value("timeout_s", kDefaultTimeoutS);
    if (static_cast<double>(sinceBegun_.elapsed()) < timeoutS * 1000) return waiting();
    return failure(fmt::format(
        "gave up after {} s; the window says: {}", timeoutS, window_.bridge().session().status()));
}

TourPlayer::Progress TourPlayer::needsFolder() const {
    return failure("there is no folder for it: give one with --screenshots DIR");
}

std::filesystem::path TourPlayer::target(const Json& fields, const char* extension) const {
    return pictures_ / (fields.at("name").get<std::string>() + extension);
}

bool TourPlayer::settled() const {
    return sinceBegun_.elapsed() >= kSettleMs;
}

// ---------------------------------------------------------------- conversations

TourPlayer::Progress TourPlayer::open(const Json& fields) {
    if (fields.contains("recording")) return openRecording(textOf(fields, "recording"));
    const bool named = fields.contains("model") && !fields["model"].is_null();
    window_.openModel(named ? textOf(fields, "model") : QString());
    unseenLoad_ = current_;
    return unlessRefused();
}

// Loading goes on behind the steps; a tour that never waited for it has not done what it says
// until the model is there.
TourPlayer::Progress TourPlayer::unseenLoadEnded() {
    const ChatSession& session = window_.bridge().session();
    if (!unseenLoad_) return done();
    if (session.loading()) return unlessLate(Json::object());
    const QString error = window_.currentError();
    return error.isEmpty() ? done() : failure(error.toStdString());
}

TourPlayer::Progress TourPlayer::openRecording(const QString& file) {
    if (!begun_) window_.openRecording(file);
    if (refusal_) return failure(*refusal_);
    if (branchOpened_ && window_.bridge().session().isReplay()) return done();
    return unlessLate(Json::object());
}

TourPlayer::Progress TourPlayer::newChat(const Json& /*fields*/) {
    return triggered(actions_->newChat, "a new chat cannot be begun now");
}

TourPlayer::Progress TourPlayer::chooseTemplate(const Json& fields) {
    window_.setTemplate(textOf(fields, "name"));
    return unlessRefused();
}

TourPlayer::Progress TourPlayer::setSystem(const Json& fields) {
    window_.setSystemText(textOf(fields, "text"));
    return unlessRefused();
}

TourPlayer::Progress TourPlayer::choosePreset(const Json& fields) {
    const QString name = textOf(fields, "name");
    if (window_.choosePreset(name)) return done();
    return failure(fmt::format("there is no preset '{}'", name.toStdString()));
}

TourPlayer::Progress TourPlayer::search(const Json& fields) {
    window_.searchFor(textOf(fields, "text"));
    return unlessRefused();
}

// ---------------------------------------------------------------- talking

TourPlayer::Progress TourPlayer::type(const Json& fields) {
    // As an input method does: the one way in for any script, through the field's own event path.
    auto* field =
        window_.chat().composer().findChild<GrowingTextEdit*>(QStringLiteral("composerText"));
    if (field == nullptr || !field->isEnabled()) return failure("the text field takes no text now");
    QInputMethodEvent event;
    event.setCommitString(textOf(fields, "text"));
    QCoreApplication::sendEvent(field, &event);
    return done();
}

TourPlayer::Progress TourPlayer::send(const Json& fields) {
    if (fields.contains("text")) {
        window_.setComposerText({});
        const Progress typed = type(fields);
        if (typed.state != Progress::State::Done) return typed;
    }
    if (window_.composerText().trimmed().isEmpty()) return failure("the text field is empty");
    return window_.sendComposer() ? unlessRefused()
                                  : unlessRefused("the message could not be sent");
}

TourPlayer::Progress TourPlayer::stop(const Json& /*fields*/) {
    return triggered(actions_->stop, "no reply is being written");
}

TourPlayer::Progress TourPlayer::continueReply(const Json& /*fields*/) {
    return triggered(actions_->continueReply, "there is no reply that could go on now");
}

TourPlayer::Progress TourPlayer::regenerate(const Json& /*fields*/) {
    return triggered(actions_->regenerate, "there is no reply to write again now");
}

TourPlayer::Progress TourPlayer::edit(const Json& fields) {
    Composer& composer = window_.chat().composer();
    const int message = fields.at("message").get<int>();
    composer.beginEdit(message);
    if (!composer.editing()) {
        return failure(fmt::format("message {} is none of one's own", message));
    }
    window_.setComposerText(textOf(fields, "text"));
    return window_.sendComposer() ? unlessRefused()
                                  : unlessRefused("the message could not be sent");
}

// ---------------------------------------------------------------- waiting

TourPlayer::Progress TourPlayer::wait(const Json& fields) {
    const std::string goal = fields.at("for").get<std::string>();
    if (goal != "tokens") unseenLoad_.reset();  // what became of it is waited for
    if (goal == "loaded") return waitLoaded(fields);
    if (goal == "tokens") return waitTokens(fields);
    const ChatSession& session = window_.bridge().session();
    if (!session.loading() && !session.generating()) return done();
    return unlessLate(fields);
}

TourPlayer::Progress TourPlayer::waitLoaded(const Json& fields) {
    const ChatSession& session = window_.bridge().session();
    if (session.loading()) return unlessLate(fields);
    if (session.model() || session.isReplay()) return done();
    const QString error = window_.currentError();
    return failure(error.isEmpty() ? "no model is loading" : error.toStdString());
}

TourPlayer::Progress TourPlayer::waitTokens(const Json& fields) {
    const ChatSession& session = window_.bridge().session();
    const int wanted = fields.value("count", 1);
    const int have = generatedTokens(session);
    if (have >= wanted) return done();
    if (session.generating()) return unlessLate(fields);
    return failure(fmt::format("the reply has {} tokens and is not being written on", have));
}

// ---------------------------------------------------------------- inspecting

TourPlayer::Progress TourPlayer::selectToken(const Json& fields) {
    Selection& selection = window_.selection();
    if (fields.at("index").is_null()) {
        selection.selectToken(std::nullopt);
        return done();
    }
    const auto token = tokenOf(fields.at("index"));
    if (!token) return noToken(fields.at("index"));
    selection.selectToken(*token);
    return done();
}

TourPlayer::Progress TourPlayer::intervene(const Json& fields) {
    if (!window_.bridge().session().model()) {
        return failure("no model is open, so there is no expert to act on");
    }
    const InterventionSet added = interventionsOf({"intervene", fields});
    InterventionSet set = window_.bridge().session().interventions();
    const auto append = [](auto& list, const auto& more) {
        for (const auto& entry : more) {
            if (std::find(list.begin(), list.end(), entry) == list.end()) list.push_back(entry);
        }
    };
    append(set.ablate, added.ablate);
    append(set.exclude, added.exclude);
    append(set.force, added.force);
    append(set.bias, added.bias);
    append(set.scale, added.scale);
    append(set.swap, added.swap);
    if (fields.contains("top_k")) set.topK = added.topK;
    for (const auto& layers : fields.value("layer_top_k", std::vector<std::string>{}))
        setTopK(set, layers);  // 0 takes away what was there
    if (fields.contains("where")) set.scope.filter = added.scope.filter;
    window_.bridge().run([&set](ChatSession& session) { session.setInterventions(set); });
    return unlessRefused();
}

TourPlayer::Progress TourPlayer::clearInterventions(const Json& /*fields*/) {
    if (window_.bridge().session().interventions().empty()) return done();
    return triggered(actions_->clearInterventions, "the interventions cannot be cleared now");
}

TourPlayer::Progress TourPlayer::undoInterventions(const Json& /*fields*/) {
    return triggered(actions_->undoInterventions, "there is no intervention to undo");
}

TourPlayer::Progress TourPlayer::redoInterventions(const Json& /*fields*/) {
    return triggered(actions_->redoInterventions, "there is no intervention to redo");
}

// ---------------------------------------------------------------- the window

TourPlayer::Progress TourPlayer::show(const Json& fields) {
    if (window_.showView(textOf(fields, "view"))) return done();
    return failure(fmt::format("there is no view \"{}\": the views are {}",
                               fields.at("view").get<std::string>(),
                               window_.viewNames().join(QStringLiteral(", ")).toStdString()));
}

TourPlayer::Progress TourPlayer::resize(const Json& fields) {
    const QSize wanted(fields.at("width").get<int>(), fields.at("height").get<int>());
    if (!begun_) window_.resize(wanted);
    if (window_.size() == wanted) return done();
    if (!settled()) return waiting();  // a window manager answers later
    return failure(fmt::format("the window became {} x {}: {} x {} is not possible here",
                               window_.width(),
                               window_.height(),
                               wanted.width(),
                               wanted.height()));
}

TourPlayer::Progress TourPlayer::caption(const Json& fields) {
    window_.showCaption(textOf(fields, "text"));
    return done();
}

TourPlayer::Progress TourPlayer::stay(const Json& /*fields*/) {
    stay_ = true;
    return done();
}

// ---------------------------------------------------------------- what is kept

TourPlayer::Progress TourPlayer::screenshot(const Json& fields) {
    if (pictures_.empty()) return needsFolder();
    if (!settled()) return waiting();
    const auto file = target(fields, ".png");
    if (window_.grab().save(QString::fromStdString(file.string()), "PNG")) return done();
    return failure(fmt::format("{} could not be written", file.string()));
}

TourPlayer::Progress TourPlayer::saveRecording(const Json& fields) {
    if (pictures_.empty()) return needsFolder();
    const auto file = target(fields, ".gscope");
    if (!begun_) {
        if (!window_.bridge().session().currentConversation()) {
            return failure("there is no conversation to save");
        }
        window_.bridge().run([this, &file](ChatSession& session) {
            session.saveRecording(file, [this](const auto& error) { saved_ = error; });
        });
    }
    if (saved_) return *saved_ ? failure(**saved_) : done();
    if (refusal_) return failure(*refusal_);
    return unlessLate(Json::object());
}

/// What would be sent now, and what of the context it takes.
Json TourPlayer::dumpOfPrompt() const {
    const ChatSession& session = window_.bridge().session();
    const PromptTemplate* t = session.templates().find(session.templateName());
    if (t == nullptr) return {};
    const std::string text = window_.composerText().toStdString();
    std::string prompt;
    for (const auto& segment : session.prompt(*t, text)) prompt += textOf(segment);
    const ContextUse use = session.contextUse(text);
    return {{"template", t->name},
            {"text", prompt},
            {"tokens", use.prompt()},
            {"context", use.capacity},
            {"fits", use.fits()}};
}

TourPlayer::Progress TourPlayer::dump(const Json& fields) {
    if (pictures_.empty()) return needsFolder();
    if (!settled() || !window_.tokenFilter().complete() || !viewsComplete()) return waiting();
    const ChatSession& session = window_.bridge().session();
    Json messages = Json::array();
    for (const Message& message : session.messages()) {
        messages.push_back({{"role", name(message.role)},
                            {"text", message.text},
                            {"token_count", message.tokens.size()},
                            {"footer", replyFooter(message).toStdString()}});
    }
    const auto selected = window_.selection().token();
    const auto range = window_.selection().range();
    const QString error = window_.currentError();
    Json json{
        {"messages", messages},
        {"selected_token", selected ? Json(*selected) : Json()},
        {"range", range ? Json{range->first, range->end - 1} : Json()},
        {"heatmap_mode", modeName(window_.heatmap().mode()).toStdString()},
        {"heatmap", window_.heatmap().displayedValues()},
        {"trace_tokens", session.traceSize()},
        {"reply_settings", Json::parse(optionsText(session.replyOptions()))},
        {"prompt", dumpOfPrompt()},
        {"versions", dumpOfVersions()},
        {"tint", dumpOfTint()},
        {"filter", dumpOfFilter()},
        {"interventions", dumpOf(session.interventions())},
        {"inspection", dumpOf(window_.token())},
        {"status", window_.statusText().toStdString()},
        {"compare", dumpOfComparison()},
        {"charts", dumpOfCharts()},
        {"error", error.isEmpty() ? Json() : Json(error.toStdString())},
        {"max_stall_ms", window_.stallWatch().maxStall().count()},
    };
    json.update(dumpOfViews());
    json.update(dumpOfDesktop());
    const auto file = target(fields, ".json");
    std::ofstream stream(file, std::ios::binary);
    // Text of a model may hold what is no UTF-8; it is shown, and written, as U+FFFD.
    stream << json.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
    stream.close();
    if (stream) return done();
    return failure(fmt::format("{} could not be written", file.string()));
}

}  // namespace gatescope
