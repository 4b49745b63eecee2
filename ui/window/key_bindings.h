#pragma once

#include <QHash>
#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QStringList>
#include <filesystem>

class QAction;

namespace gatescope {

/// The keys of the window's actions: the defaults they were made with, and what a person changed.
/// Only the differences are kept, by the actions' ids, in one file of the profile (keys.ini). The
/// actions must outlive it. UI thread only.
class KeyBindings : public QObject {
    Q_OBJECT
  public:
    KeyBindings(QList<QAction*> actions, const std::filesystem::path& file, QObject* parent);

    /// Takes over what the file says, once, at start. What in it makes no sense (no such action, no
    /// such key, a key that two want) is left out; gives a sentence for each.
    QStringList load();

    const QList<QAction*>& actions() const { return actions_; }
    QList<QKeySequence> defaultsOf(const QAction* action) const { return defaults_[action]; }
    bool isChanged(const QAction* action) const;
    bool anyChanged() const;
    /// Who would lose if `action` had these keys: an action that has them, or keys that begin like
    /// them or that they begin like. Null when they are free.
    QAction* ownerOf(const QKeySequence& keys, const QAction* except) const;
    /// Why no action of the window can have these keys, as a sentence; empty when it can.
    static QString problemOf(const QKeySequence& keys);

    /// Empty: no key. Whoever had them loses them. Requires keys without a problem. Saves.
    void set(QAction* action, const QKeySequence& keys);
    /// Back to the default; who has it by now loses it. Saves.
    void reset(QAction* action);
    void resetAll();

  Q_SIGNALS:
    void changed();

  private:
    void save();
    void takeFrom(const QKeySequence& keys, const QAction* except);
    QAction* actionOf(const QString& id) const;

    QList<QAction*> actions_;
    QHash<const QAction*, QList<QKeySequence>> defaults_;
    QString file_;
};

}  // namespace gatescope
