#pragma once

#include <QDialog>
#include <QTimer>
#include <functional>

#include "ui/composing/own_settings.h"
#include "ui/engine_bridge.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QPushButton;

namespace gatescope {

class PromptPreview;
class Theme;

/// The prompt templates: those of the program to read, one's own to edit, and beside them the exact
/// prompt that the one picked makes of this conversation and of what is being written. What is
/// edited is kept at once, as a file. Stays open beside the window. UI thread only.
class TemplateEditor : public QDialog {
    Q_OBJECT
  public:
    /// `message`: what is being written, asked for at each look.
    TemplateEditor(EngineBridge& bridge,
                   OwnSettings& own,
                   const Theme& theme,
                   std::function<QString()> message,
                   QWidget* parent);
    ~TemplateEditor() override;

    /// Opens, or comes to the front, with the template of the conversation picked.
    void open() override;
    void pick(const QString& name);
    QString picked() const;
    /// A copy of the one picked, as one's own.
    void duplicate();
    void removePicked();
    PromptPreview& preview() { return *preview_; }

  public Q_SLOTS:
    void refreshPreview();

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* buildList();
    QWidget* buildFields(const Theme& theme);
    QPlainTextEdit* addText(const QString& name,
                            const QString& label,
                            const QString& help,
                            int lines);
    void fill();
    void showFields();
    void edited();
    void keep();
    PromptTemplate fromFields() const;
    const PromptTemplate* current() const;
    bool isOwn() const;

    EngineBridge& bridge_;
    OwnSettings& own_;
    const Theme& theme_;
    std::function<QString()> message_;
    QListWidget* list_ = nullptr;
    QLabel* note_ = nullptr;
    QWidget* fields_ = nullptr;
    QLineEdit* title_ = nullptr;
    QLineEdit* description_ = nullptr;
    QPlainTextEdit* preamble_ = nullptr;
    QPlainTextEdit* userPrefix_ = nullptr;
    QPlainTextEdit* replyPrefix_ = nullptr;
    QPlainTextEdit* stops_ = nullptr;
    QPushButton* use_ = nullptr;
    QPushButton* remove_ = nullptr;
    PromptPreview* preview_ = nullptr;
    QTimer keepSoon_;
    QTimer previewSoon_;
    QString shown_;    ///< whose fields these are
    QString awaited_;  ///< to be picked when its file has been read
    bool filling_ = false;
    bool changed_ = false;  ///< fields that are not kept yet
};

}  // namespace gatescope
