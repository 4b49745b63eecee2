#pragma once

#include <QAbstractListModel>
#include <QIcon>
#include <functional>
#include <vector>

#include "ui/window/fuzzy_match.h"

namespace gatescope {

/// Something the command palette offers to do.
struct PaletteEntry {
    QString id;      ///< stable; what is remembered of it when it was used
    QString title;   ///< one line
    QString where;   ///< the menu it is in: "View › Docks"; or what kind of thing it is
    QString keys;    ///< as the platform writes them; may be empty
    QString whyNot;  ///< why it cannot be done now, or empty; shown only if it is not enabled
    QIcon icon;
    bool enabled = true;
    bool checked = false;
    std::function<void()> run;
};

/// The entries that answer what is typed, best first; of those alike the ones used last, then in
/// the order they came in. Without a query: the ones used last, then all others in their order. UI
/// thread only.
class PaletteModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Roles {
        WhereRole = Qt::UserRole + 1,
        KeysRole,
        WhyNotRole,
        EnabledRole,
        CheckedRole,
        PositionsRole,  ///< QList<int> into the title
        HeadingRole,    ///< of the group that begins with this row; else empty
    };
    explicit PaletteModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    /// `lastUsed`: ids, newest first; those that are no entry's are passed over.
    void setEntries(std::vector<PaletteEntry> entries, const QStringList& lastUsed);
    void setQuery(const QString& query);
    const PaletteEntry& at(int row) const;
    int entryCount() const { return static_cast<int>(entries_.size()); }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

  private:
    struct Row {
        std::size_t entry = 0;
        FuzzyMatch match;
    };
    std::optional<FuzzyMatch> matchOf(const PaletteEntry& entry) const;
    QString headingOf(int row) const;
    QString groupOf(const Row& row) const;

    std::vector<PaletteEntry> entries_;
    std::vector<int> age_;  ///< of each entry: 0 for the one used last; kNeverUsed
    std::vector<Row> rows_;
    QString query_;
};

}  // namespace gatescope
