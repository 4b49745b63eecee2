#pragma once

#include <QHash>
#include <QObject>
#include <QStringList>
#include <vector>

class QDockWidget;
class QMainWindow;
class QSettings;

namespace gatescope {

class Theme;

/// Three arrangements of the same docks: Chat (talk), Inspect (talk and watch), Present (large
/// type, nothing but conversation and heatmap). What the user moves in one is kept for that one, in
/// the profile. UI thread only.
class Workspaces : public QObject {
    Q_OBJECT
  public:
    Workspaces(QMainWindow& window, Theme& theme, QSettings& settings);

    /// Docks that are there from the start, with the workspaces that show them.
    void add(QDockWidget* dock, const QStringList& shownIn);
    /// Call once all docks are there: takes the arrangement of the last run.
    void restore();
    bool show(const QString& name);
    const QString& current() const { return current_; }
    static QStringList names();  ///< "chat", "inspect", "present"
    void save();
    void reset();

  Q_SIGNALS:
    void shown(const QString& name);

  private:
    void arrange(const QString& name);

    QMainWindow& window_;
    Theme& theme_;
    QSettings& settings_;
    std::vector<std::pair<QDockWidget*, QStringList>> docks_;
    QByteArray initial_;
    QString current_;
};

}  // namespace gatescope
