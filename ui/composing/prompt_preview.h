#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "engine/ids.h"
#include "engine/settings/prompt_template.h"

class QCheckBox;
class QLabel;
class QTextEdit;

namespace gatescope {

class Theme;
class Tokenizer;

/// The exact text of a prompt, each stretch in the colour of whose it is, blanks and line ends
/// visible; with a model's tokenizer also how many tokens it is, and token by token with ids. Of a
/// long prompt, the end. UI thread only.
class PromptPreview : public QWidget {
    Q_OBJECT
  public:
    explicit PromptPreview(const Theme& theme);

    /// ChatSession::prompt(). `tokenizer` null: no model that reads text.
    void show(std::vector<PromptPieces> prompt, std::shared_ptr<const Tokenizer> tokenizer);
    /// What is shown of the prompt, as it is: without the marks for blanks.
    QString text() const;
    /// "212 tokens"
    QString summary() const;
    void showTokens(bool on);

  private:
    struct Shown {
        PromptPiece::Source source;
        QString text;
        TokenId token = -1;  ///< -1: not one token
    };
    std::vector<Shown> asPieces() const;
    std::vector<Shown> asTokens() const;
    void redraw();
    QColor ground(PromptPiece::Source source, bool odd) const;
    void buildLegend();

    const Theme& theme_;
    std::vector<PromptPieces> prompt_;
    std::shared_ptr<const Tokenizer> tokenizer_;
    std::size_t hidden_ = 0;  ///< segments before those that are shown
    QTextEdit* view_ = nullptr;
    QLabel* legend_ = nullptr;
    QLabel* summary_ = nullptr;
    QCheckBox* tokens_ = nullptr;
};

}  // namespace gatescope
