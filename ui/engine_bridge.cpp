#include "ui/engine_bridge.h"

#include "engine/error.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kFrame{16};
// Of a frame's 16 ms: leaves the rest for layout and painting.
constexpr std::chrono::milliseconds kPumpBudget{4};

}  // namespace

EngineBridge::EngineBridge(Options options, QObject* parent)
    : QObject(parent),
      heat_(options.heat.empty() ? nullptr : std::make_unique<HeatKeeper>(std::move(options.heat))),
      store_(std::make_unique<StoreWriter>(std::move(options.library))),
      engine_(std::make_unique<Engine>(std::move(options.engine))),
      session_(std::make_unique<ChatSession>(*engine_, *store_)) {
    session_->setObserver(this);
    if (heat_) session_->setHeat(*heat_);
    frame_.setTimerType(Qt::PreciseTimer);
    connect(&frame_, &QTimer::timeout, this, [this] { session_->pump(kPumpBudget); });
    frame_.start(kFrame);
}

EngineBridge::~EngineBridge() {
    session_->setObserver(nullptr);
}

void EngineBridge::run(const std::function<void(ChatSession&)>& command) {
    try {
        command(*session_);
    } catch (const Error& error) {  // a command that cannot be done now: the user's to read
        failed(error.what());
    }
}

void EngineBridge::modelLoadProgressed(const LoadProgress& progress) {
    Q_EMIT modelLoadProgress(progress.bytesDone, progress.bytesTotal);
}
void EngineBridge::modelUsable() {
    Q_EMIT modelUsableAlready();
}
void EngineBridge::modelLoaded() {
    Q_EMIT modelReady();
}
void EngineBridge::modelLoadCancelled() {
    Q_EMIT modelLoadWasCancelled();
}
void EngineBridge::modelUnloaded() {
    Q_EMIT modelGone();
}
void EngineBridge::conversationListChanged() {
    Q_EMIT conversationListUpdated();
}
void EngineBridge::conversationOpened() {
    Q_EMIT branchOpened();
}
void EngineBridge::messageAppended(int index) {
    Q_EMIT messageAdded(index);
}
void EngineBridge::messageTextChanged(int index) {
    Q_EMIT messageUpdated(index);
}
void EngineBridge::traceExtended(int firstToken) {
    Q_EMIT traceGrew(firstToken);
}
void EngineBridge::prefillProgressed(int done, int total) {
    Q_EMIT prefillProgress(done, total);
}
void EngineBridge::generationStarted() {
    Q_EMIT generationBegan();
}
void EngineBridge::generationFinished(const GenerationFinished& finished) {
    Q_EMIT generationEnded(finished);
}
void EngineBridge::interventionsChanged() {
    Q_EMIT interventionsUpdated();
}
void EngineBridge::tokenInspected(int token, const TokenInspectionPtr& inspection) {
    Q_EMIT inspectionReady(token, inspection);
}
void EngineBridge::attentionMapped(const AttentionMapPtr& map) {
    Q_EMIT attentionMapReady(map);
}
void EngineBridge::inspectionEnded() {
    Q_EMIT inspectionStopped();
}
void EngineBridge::failed(const std::string& message) {
    Q_EMIT errorOccurred(QString::fromStdString(message));
}
void EngineBridge::engineLost() {
    Q_EMIT engineWasLost();
}

}  // namespace gatescope
