#include "app/gui/tour_player.h"

#include <QAction>
#include <map>

#include "engine/check.h"
#include "ui/window/window_actions.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kTick{10};

}  // namespace

TourPlayer::TourPlayer(MainWindow& window,
                       Tour tour,
                       std::filesystem::path pictures,
                       QObject* parent)
    : QObject(parent),
      window_(window),
      actions_(window.findChild<WindowActions*>()),
      tour_(std::move(tour)),
      pictures_(std::move(pictures)) {
    GS_CHECK(actions_ != nullptr);
    clock_.setInterval(kTick);
    connect(&clock_, &QTimer::timeout, this, &TourPlayer::advance);
    connect(&window_.bridge(), &EngineBridge::errorOccurred, this, [this](const QString& sentence) {
        refusal_ = sentence.toStdString();
    });
    connect(&window_.bridge(), &EngineBridge::branchOpened, this, [this] { branchOpened_ = true; });
}

TourPlayer::Handler TourPlayer::handlerOf(const std::string& action) {
    static const std::map<std::string, Handler> handlers{
        {"open", &TourPlayer::open},
        {"new_chat", &TourPlayer::newChat},
        {"template", &TourPlayer::chooseTemplate},
        {"system", &TourPlayer::setSystem},
        {"preset", &TourPlayer::choosePreset},
        {"type", &TourPlayer::type},
        {"send", &TourPlayer::send},
        {"stop", &TourPlayer::stop},
        {"continue", &TourPlayer::continueReply},
        {"regenerate", &TourPlayer::regenerate},
        {"rerun", &TourPlayer::rerun},
        {"compare", &TourPlayer::compare},
        {"edit", &TourPlayer::edit},
        {"remove_version", &TourPlayer::removeVersion},
        {"undo_remove_version", &TourPlayer::undoRemoveVersion},
        {"wait", &TourPlayer::wait},
        {"select_token", &TourPlayer::selectToken},
        {"inspect", &TourPlayer::inspect},
        {"select_range", &TourPlayer::selectRange},
        {"mode", &TourPlayer::setMode},
        {"pin_baseline", &TourPlayer::pinBaseline},
        {"pin_contrast", &TourPlayer::pinContrast},
        {"map_attention", &TourPlayer::mapAttention},
        {"transitions", &TourPlayer::showTransitions},
        {"find_experts", &TourPlayer::findExperts},
        {"model", &TourPlayer::lookAtModel},
        {"rows", &TourPlayer::orderRows},
        {"play", &TourPlayer::play},
        {"intervene", &TourPlayer::intervene},
        {"clear_interventions", &TourPlayer::clearInterventions},
        {"undo_interventions", &TourPlayer::undoInterventions},
        {"redo_interventions", &TourPlayer::redoInterventions},
        {"tint", &TourPlayer::tint},
        {"filter", &TourPlayer::filter},
        {"search", &TourPlayer::search},
        {"find", &TourPlayer::find},
        {"keep", &TourPlayer::keep},
        {"show", &TourPlayer::show},
        {"theme", &TourPlayer::setTheme},
        {"text_size", &TourPlayer::setTextSize},
        {"palette", &TourPlayer::usePalette},
        {"resize", &TourPlayer::resize},
        {"caption", &TourPlayer::caption},
        {"screenshot", &TourPlayer::screenshot},
        {"save_recording", &TourPlayer::saveRecording},
        {"dump", &TourPlayer::dump},
        {"stay", &TourPlayer::stay},
    };
    return handlers.at(action);  // problemOf() knows the same names
}

void TourPlayer::start() {
    if (const auto problem = problemOf(tour_)) {
        const QString sentence = QString::fromStdString(*problem);
        QTimer::singleShot(0, this, [this, sentence] { Q_EMIT failed(sentence); });
        return;
    }
    std::error_code ignored;  // the step that cannot write there says so
    if (!pictures_.empty()) std::filesystem::create_directories(pictures_, ignored);
    clock_.start();
}

void TourPlayer::advance() {
    if (current_ == tour_.steps.size()) return end();
    const TourStep& step = tour_.steps[current_];
    if (!begun_) {
        sinceBegun_.start();
        refusal_.reset();
        branchOpened_ = false;
        saved_.reset();
    }
    const Progress progress = (this->*handlerOf(step.action))(step.fields);
    begun_ = true;
    switch (progress.state) {
        case Progress::State::Waiting:
            return;
        case Progress::State::Failed:
            return fail(progress.reason, current_);
        case Progress::State::Done:
            ++current_;
            begun_ = false;
    }
}

void TourPlayer::end() {
    if (!begun_) sinceBegun_.start();
    begun_ = true;
    const Progress load = unseenLoadEnded();
    if (load.state == Progress::State::Waiting) return;
    if (load.state == Progress::State::Failed) return fail(load.reason, *unseenLoad_);
    clock_.stop();
    Q_EMIT finished(stay_);
}

void TourPlayer::fail(const std::string& reason, std::size_t step) {
    clock_.stop();
    Q_EMIT failed(QString::fromStdString(placeOf(tour_, step) + ": " + reason));
}

}  // namespace gatescope
