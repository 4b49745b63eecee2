#pragma once

#include <QWidget>

#include "engine/chat/context_use.h"

namespace gatescope {

class Theme;

/// How much of the model's context the conversation takes, how much the message that is being
/// written would, and what room that leaves for the reply: a bar with its numbers, said in words to
/// screen readers and in the tool tip. UI thread only.
class ContextMeter : public QWidget {
    Q_OBJECT
  public:
    explicit ContextMeter(const Theme& theme, QWidget* parent = nullptr);

    void show(const ContextUse& use);
    const ContextUse& use() const { return use_; }
    /// "1,204 + 12 of 8,192"
    QString text() const;
    /// "1,216 / 8,192", where that has no room.
    QString shortText() const;
    /// Whole sentences.
    QString description() const;
    /// What somebody has to know before sending; empty: all fits.
    QString warning() const;
    QSize sizeHint() const override;
    /// The bar alone, where there is no room for its numbers.
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    /// What there is room for.
    QString fittingText() const;

    const Theme& theme_;
    ContextUse use_;
};

}  // namespace gatescope
