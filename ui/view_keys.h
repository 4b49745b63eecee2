#pragma once

#include <QList>
#include <QObject>
#include <QString>
#include <functional>

class QAction;
class QKeyEvent;

namespace gatescope {

/// What a view does with single keys while it has the keyboard, as actions: a person can give them
/// other keys (KeyBindings finds every ViewKeys of a window). They are in no menu and Qt does not
/// look at their shortcuts; the view asks handle() in its keyPressEvent(). What leads around inside
/// a view (arrows, Home, End, Enter, Escape) is not here: it stays as it is. Owned by the view; UI
/// thread only.
class ViewKeys : public QObject {
    Q_OBJECT
  public:
    /// `place`: where these keys act, as a heading: "In the heatmap".
    ViewKeys(QObject* view, QString place);

    /// `id` as in keys.ini: unique in the window, the same for ever. `keys`: each one key,
    /// portable.
    QAction* add(const char* id,
                 const QString& name,
                 const QStringList& keys,
                 std::function<void()> run);
    /// Does what the key pressed stands for; false when it stands for nothing.
    bool handle(const QKeyEvent& event) const;

    const QList<QAction*>& actions() const { return actions_; }
    const QString& place() const { return place_; }
    /// In words, for who cannot see: "Zoom in: W. Zoom out: S."
    QString inWords() const;

  Q_SIGNALS:
    void changed();  ///< inWords() says something else

  private:
    QList<QAction*> actions_;
    QString place_;
};

}  // namespace gatescope
