#pragma once

#include <QFrame>

#include "ui/view_context.h"

class QLabel;

namespace gatescope {

class BarTable;

/// The words that the model held likeliest in a token's place, with how likely; a row picked puts
/// that word there, in a version of the reply beside the one shown. Opens beside the token and
/// closes by itself when something else is clicked. UI thread only.
class AlternativesCard : public QFrame {
    Q_OBJECT
  public:
    explicit AlternativesCard(const ViewContext& context, QWidget* parent = nullptr);

    /// `beside`: where the token is, in coordinates of the screen. Nothing opens for a token of
    /// which no alternatives are known: then a note says so.
    void showFor(int token, const QRect& beside);
    int shownToken() const { return token_; }
    BarTable& table() { return *table_; }
    QString line() const;

  Q_SIGNALS:
    /// A sentence for the status line.
    void noted(const QString& sentence);

  private:
    void fill();
    void fork(int row);
    QString hint() const;

    EngineBridge& bridge_;
    Theme& theme_;
    int token_ = -1;
    QLabel* line_ = nullptr;
    BarTable* table_ = nullptr;
    QLabel* hint_ = nullptr;
};

}  // namespace gatescope
