#pragma once

#include <QFrame>
#include <QPlainTextEdit>
#include <QTimer>

#include "ui/engine_bridge.h"

class QComboBox;
class QLabel;
class QToolButton;

namespace gatescope {

class ContextMeter;
class OwnSettings;
class ReplySettings;
class TemplateEditor;
class Theme;

/// A plain text field as high as its text, up to a limit. Enter asks to send, Shift+Enter breaks
/// the line; what an input method commits never sends. UI thread only.
class GrowingTextEdit : public QPlainTextEdit {
    Q_OBJECT
  public:
    explicit GrowingTextEdit(QWidget* parent = nullptr);
    /// The most pixels it may grow to; two lines always fit.
    void setRoom(int pixels);
    void fitHeight();

  Q_SIGNALS:
    void submitted();
    void cancelled();

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    int room_ = 200;
};

/// Where a message is written: text, Send or Stop, what of the context it takes, the prompt
/// template and how replies are written. Speaks to the session through the bridge. UI thread only.
class Composer : public QFrame {
    Q_OBJECT
  public:
    Composer(EngineBridge& bridge, OwnSettings& own, Theme& theme, QWidget* parent = nullptr);

    QString text() const;
    void setText(const QString& text);
    void focusText();
    /// Sends the text, or replaces the message being edited. False if the session refused.
    bool submit();
    /// Puts one's own message `index` into the field; the next submit() makes a branch there.
    void beginEdit(int index);
    void beginEditOfLast();
    void cancelEdit();
    bool editing() const { return editing_ >= 0; }
    /// How high the text field may grow, in pixels.
    void setTextRoom(int pixels) { edit_->setRoom(pixels); }
    /// Reads template, sampler and state from the session again.
    void refresh();
    ReplySettings& settings() { return *settings_; }
    const ContextMeter& meter() const { return *meter_; }
    QString explanation() const;
    void showSettings();
    /// The templates, with the prompt that each makes of what is written.
    TemplateEditor& showTemplates();

  Q_SIGNALS:
    void textEdited();  ///< by whatever means
    void fieldLeft();   ///< the keyboard is elsewhere

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void build(Theme& theme);
    void applyFonts();
    void fillTemplates();
    void chooseTemplate(int row);
    void textChanged();
    void refreshMeter();

    EngineBridge& bridge_;
    OwnSettings& own_;
    Theme& theme_;
    QFrame* frame_ = nullptr;
    GrowingTextEdit* edit_ = nullptr;
    QComboBox* template_ = nullptr;
    QToolButton* templatesButton_ = nullptr;
    QToolButton* settingsButton_ = nullptr;
    QToolButton* send_ = nullptr;
    QToolButton* stop_ = nullptr;
    QLabel* editLabel_ = nullptr;
    QLabel* explanation_ = nullptr;
    ContextMeter* meter_ = nullptr;
    ReplySettings* settings_ = nullptr;
    TemplateEditor* templates_ = nullptr;  ///< made when it is first asked for
    QTimer meterSoon_;
    int editing_ = -1;
};

}  // namespace gatescope
