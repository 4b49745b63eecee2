#pragma once

#include <QHash>
#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QStringList>
#include <filesystem>

class QAction;

namespace gatescope {

class ViewKeys;

/// The keys of the window's actions and those of its views: the defaults they were made with, and
/// what a person changed. Only the differences are kept, by the actions' ids, in one file of the
/// profile (keys.ini). Keys of one view may be those of another view, as only one of them has the
/// keyboard; the window's act everywhere. The actions must outlive it. UI thread only.
class KeyBindings : public QObject {
    Q_OBJECT
  public:
    KeyBindings(QList<QAction*> actions, const std::filesystem::path& file, QObject* parent);

    /// Takes in the keys of a view; before load(). `everywhere`: no other view may have them.
    void addView(const ViewKeys& view, bool everywhere = false);
    /// Where the action's keys act, as a heading; empty: in the whole window.
    QString placeOf(const QAction* action) const { return views_.value(action).place; }

    /// Takes over what the file says, once, at start. What in it makes no sense (no such action, no
    /// such key, a key that two want) is left out; gives a sentence for each.
    QStringList load();

    const QList<QAction*>& actions() const { return actions_; }
    QList<QKeySequence> defaultsOf(const QAction* action) const { return defaults_[action]; }
    bool isChanged(const QAction* action) const;
    bool anyChanged() const;
    /// Who would lose if `wants` had these keys: an action that acts where it does and has them, or
    /// keys that begin like them or that they begin like. Null when they are free.
    QAction* ownerOf(const QKeySequence& keys, const QAction* wants) const;
    /// Why the action cannot have these keys, as a sentence; empty when it can.
    QString problemOf(const QKeySequence& keys, const QAction* action) const;

    /// Empty: no key. Whoever had them loses them. Requires keys without a problem. Saves.
    void set(QAction* action, const QKeySequence& keys);
    /// Back to the default; who has it by now loses it. Saves.
    void reset(QAction* action);
    void resetAll();

  Q_SIGNALS:
    void changed();

  private:
    void save();
    void takeFrom(const QKeySequence& keys, const QAction* wants);
    QAction* actionOf(const QString& id) const;
    bool meet(const QAction* a, const QAction* b) const;

    /// Where the keys of a view's action act.
    struct ViewPlace {
        QString place;
        bool everywhere = true;
    };

    QList<QAction*> actions_;
    QHash<const QAction*, QList<QKeySequence>> defaults_;
    QHash<const QAction*, ViewPlace> views_;  ///< the window's own are not in it
    QString file_;
};

}  // namespace gatescope
