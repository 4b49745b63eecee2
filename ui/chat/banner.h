#pragma once

#include <QElapsedTimer>
#include <QFrame>
#include <QString>
#include <functional>

class QLabel;
class QProgressBar;
class QPushButton;

namespace gatescope {

class Theme;

/// One sentence across the top of the chat that stays until it is dismissed: what went wrong, or
/// what the user should know; and a button, where one click can mend it. Never a modal box. UI
/// thread only.
class Banner : public QFrame {
    Q_OBJECT
  public:
    enum class Kind { Error, Info };
    explicit Banner(const Theme& theme, QWidget* parent = nullptr);

    void showSentence(Kind kind, const QString& sentence);
    enum class Stays { UntilNews, UntilAnswered };
    /// Adds a button to the sentence shown, until another is shown or it is dismissed; `taken` is
    /// what it does.
    void offer(const QString& label, std::function<void()> taken, Stays stays = Stays::UntilNews);
    void dismiss();
    /// Something begins that most sentences are no longer about: takes away those that do not wait
    /// for an answer.
    void dismissUnlessAsking();
    /// Empty while hidden.
    QString sentence() const { return sentence_; }
    Kind kind() const { return kind_; }

  Q_SIGNALS:
    void shown(const QString& sentence);

  private:
    const Theme& theme_;
    Kind kind_ = Kind::Info;
    QString sentence_;
    QLabel* icon_;
    QLabel* text_;
    QPushButton* offer_;
    std::function<void()> taken_;
    Stays stays_ = Stays::UntilNews;  ///< of what is shown
};

/// A load in progress: name, bytes, rate, time left, Cancel. UI thread only.
class LoadBanner : public QFrame {
    Q_OBJECT
  public:
    explicit LoadBanner(QWidget* parent = nullptr);

    void begin(const QString& model);
    void showProgress(quint64 done, quint64 total);
    /// From now on it says that messages can be written already.
    void showUsable();
    void end();
    QString text() const;

  Q_SIGNALS:
    void cancelClicked();

  private:
    void showDetails();

    QString model_;
    QString progress_;
    bool usable_ = false;
    QElapsedTimer clock_;
    QLabel* title_;
    QLabel* details_;
    QProgressBar* bar_;
    QPushButton* cancel_;
};

}  // namespace gatescope
