#pragma once

#include <QWidget>

#include "ui/engine_bridge.h"
#include "ui/selection.h"

class QLabel;
class QHBoxLayout;
class QStackedWidget;
class QVBoxLayout;

namespace gatescope {

class Banner;
class ChatView;
class Composer;
class EmptyState;
class FilterBar;
class FindBar;
class LoadBanner;
class OwnSettings;
class ReadingChoice;
class Theme;
class TintBar;
class TokenFilter;

/// The centre of the window: title row, tint and filter of the tokens, what is found, banners, the
/// conversation or what stands in its place, and the composer. UI thread only.
class ChatPanel : public QWidget {
    Q_OBJECT
  public:
    ChatPanel(EngineBridge& bridge,
              Selection& selection,
              TokenFilter& filter,
              OwnSettings& own,
              Theme& theme,
              bool hasDemo,
              QWidget* parent = nullptr);

    ChatView& view() { return *view_; }
    Composer& composer() { return *composer_; }
    TintBar& tintBar() { return *tintBar_; }
    FilterBar& filterBar() { return *filterBar_; }
    ReadingChoice& readingChoice() { return *reading_; }
    FindBar& findBar() { return *findBar_; }
    Banner& banner() { return *banner_; }
    LoadBanner& loadBanner() { return *load_; }
    /// Sits between conversation and composer: the interventions in force.
    void addAboveComposer(QWidget* widget);
    /// A presenter's sentence below the conversation; empty takes it away.
    void showCaption(const QString& text);
    /// "no-model", "no-conversation" or "conversation".
    QString shownPage() const;

  public Q_SLOTS:
    void beginLoad(const QString& model);

  Q_SIGNALS:
    void openModelRequested();
    void openDemoRequested();
    void restartRequested();

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    QWidget* buildHeader();
    void buildEmptyStates(bool hasDemo);
    void connectSources();
    void applyTheme();
    void refresh();
    void suggest();
    void pickAnExpert();
    void showTint();

    EngineBridge& bridge_;
    Selection& selection_;
    TokenFilter& filter_;
    Theme& theme_;
    QLabel* title_ = nullptr;
    QLabel* caption_ = nullptr;
    TintBar* tintBar_ = nullptr;
    FilterBar* filterBar_ = nullptr;
    ReadingChoice* reading_ = nullptr;
    QHBoxLayout* headerRow_ = nullptr;
    FindBar* findBar_ = nullptr;
    Banner* banner_ = nullptr;
    LoadBanner* load_ = nullptr;
    QStackedWidget* pages_ = nullptr;
    EmptyState* noModel_ = nullptr;
    EmptyState* noConversation_ = nullptr;
    ChatView* view_ = nullptr;
    QVBoxLayout* lower_ = nullptr;
    Composer* composer_ = nullptr;
};

}  // namespace gatescope
