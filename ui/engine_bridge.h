#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <filesystem>
#include <memory>

#include "engine/chat/chat_session.h"
#include "engine/offload/heat_keeper.h"

namespace gatescope {

/// The window's only owner of an Engine, its store and its ChatSession. A timer pumps the session
/// once a frame and every ChatObserver call becomes a signal; UTF-8 becomes QString here and
/// nowhere else. UI thread only; never blocks.
class EngineBridge : public QObject, private ChatObserver {
    Q_OBJECT
  public:
    struct Options {
        std::filesystem::path library;  ///< the conversation store's file
        EngineOptions engine;           ///< tests script the decoder here
        std::filesystem::path heat{};   ///< the folder of heat files; empty: nothing is learnt
    };
    explicit EngineBridge(Options options, QObject* parent = nullptr);
    ~EngineBridge() override;

    /// Reading the session is free; its commands may throw Error, which run() turns into failed().
    ChatSession& session() { return *session_; }
    const ChatSession& session() const { return *session_; }
    StoreWriter& store() { return *store_; }
    /// Null: nothing is learnt.
    HeatKeeper* heat() { return heat_.get(); }

    /// Calls `command` and shows what it throws as a sentence instead of letting it reach Qt.
    void run(const std::function<void(ChatSession&)>& command);

  Q_SIGNALS:
    void modelLoadProgress(quint64 bytesDone, quint64 bytesTotal);
    void modelUsableAlready();  ///< it can be talked to while it loads; modelReady() follows
    void modelReady();
    void modelLoadWasCancelled();
    void modelGone();
    void conversationListUpdated();
    void branchOpened();
    void messageAdded(int index);
    void messageUpdated(int index);
    void traceGrew(int firstToken);
    void prefillProgress(int done, int total);
    void generationBegan();
    void generationEnded(const gatescope::GenerationFinished& finished);
    void interventionsUpdated();
    void inspectionReady(int token, const gatescope::TokenInspectionPtr& inspection);
    void attentionMapReady(const gatescope::AttentionMapPtr& map);
    void inspectionStopped();  ///< or it failed; then errorOccurred() said why
    void errorOccurred(const QString& sentence);
    /// The sentence was of a fault that only a new process mends: ChatObserver::engineLost().
    void engineWasLost();

  private:
    void modelLoadProgressed(const LoadProgress& progress) override;
    void modelUsable() override;
    void modelLoaded() override;
    void modelLoadCancelled() override;
    void modelUnloaded() override;
    void conversationListChanged() override;
    void conversationOpened() override;
    void messageAppended(int index) override;
    void messageTextChanged(int index) override;
    void traceExtended(int firstToken) override;
    void prefillProgressed(int done, int total) override;
    void generationStarted() override;
    void generationFinished(const GenerationFinished& finished) override;
    void interventionsChanged() override;
    void tokenInspected(int token, const TokenInspectionPtr& inspection) override;
    void attentionMapped(const AttentionMapPtr& map) override;
    void inspectionEnded() override;
    void failed(const std::string& message) override;
    void engineLost() override;

    std::unique_ptr<HeatKeeper> heat_;
    std::unique_ptr<StoreWriter> store_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<ChatSession> session_;
    QTimer frame_;
};

}  // namespace gatescope
