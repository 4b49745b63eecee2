#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <optional>

#include "engine/plan/rig_plan.h"
#include "ui/newest_answer.h"

namespace gatescope {

/// What is to be planned.
struct RigPlanWish {
    QString model;                  ///< as a model is opened
    QString rigFile;                ///< a description of a machine; empty: this one
    std::optional<DType> storedAs;  ///< all matrices converted; none: as they are
    DType cacheType = DType::BF16;
    int contextTokens = kDefaultContextTokens;
    std::optional<int> ranks;                ///< of every group of devices
    std::optional<int> numDevices;           ///< use at most so many
    std::optional<std::uint64_t> hostBytes;  ///< use at most so many of the host's memory
};

/// Where the model would lie, or one sentence that says why there is no plan.
struct RigPlanAnswer {
    std::optional<RigPlan> plan;
    QString error;        ///< not yet made visible; empty beside a plan
    QString modelName;    ///< short
    int numDevices = 0;   ///< that the rig has
    QStringList remarks;  ///< what was measured of the machine and what is assumed
};

/// Plans on a worker thread. The model's sizes are read, and this machine is described (which
/// measures for a second), once. UI thread only; nothing here blocks, the destructor neither.
class RigPlanner : public QObject {
    Q_OBJECT
  public:
    explicit RigPlanner(QObject* parent = nullptr);

    /// Answered by arrived(), unless another ask() comes first.
    void ask(const RigPlanWish& wish);

  Q_SIGNALS:
    void arrived(const gatescope::RigPlanAnswer& answer);

  private:
    NewestAnswer<RigPlanWish, RigPlanAnswer> planner_;
};

}  // namespace gatescope
