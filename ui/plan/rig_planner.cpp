#include "ui/plan/rig_planner.h"

#include <exception>
#include <memory>
#include <vector>

#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/plan/this_machine.h"

namespace gatescope {
namespace {

/// What wishes share: the worker's, which runs one at a time.
struct KnownOfRig {
    QString model;
    std::unique_ptr<ModelSource> source;  ///< null: none read yet
    std::optional<DescribedMachine> thisMachine;

    const ModelSource& open(const QString& wanted) {
        if (!source || model != wanted) {
            source = openModel(wanted.toStdString());
            model = wanted;
        }
        return *source;
    }
    DescribedMachine machine(const QString& rigFile) {
        if (!rigFile.isEmpty()) return {.rig = readRig(rigFile.toStdString()), .remarks = {}};
        if (!thisMachine) thisMachine = describeThisMachine();
        return *thisMachine;
    }
};

RigPlanAnswer answerTo(const RigPlanWish& wish, KnownOfRig& known) {
    const ModelSource& source = known.open(wish.model);
    std::vector<TensorLayout> layouts = source.layouts();
    std::vector<DType> embeddingTypes = source.embeddingTypes();
    if (wish.storedAs) {
        auto converted = storedAs(*wish.storedAs, std::move(layouts));
        if (!converted)
            throw Error(ErrorKind::BadUsage,
                        source.name() + ": its rows are no whole blocks of " +
                            std::string(name(*wish.storedAs)));
        layouts = std::move(*converted);
        embeddingTypes = {*wish.storedAs};
    }
    const DescribedMachine machine = known.machine(wish.rigFile);
    RigPlanAnswer answer;
    answer.plan = planRig({.config = source.config(),
                           .layouts = layouts,
                           .embeddingTypes = std::move(embeddingTypes),
                           .rig = machine.rig,
                           .cacheType = wish.cacheType,
                           .contextTokens = wish.contextTokens,
                           .ranks = wish.ranks,
                           .numDevices = wish.numDevices,
                           .hostBytes = wish.hostBytes});
    answer.modelName = QString::fromStdString(source.name());
    answer.numDevices = static_cast<int>(machine.rig.devices.size());
    for (const std::string& remark : machine.remarks)
        answer.remarks << QString::fromStdString(remark);
    return answer;
}

}  // namespace

RigPlanner::RigPlanner(QObject* parent)
    : QObject(parent),
      planner_(
          [known = std::make_shared<KnownOfRig>()](const RigPlanWish& wish) {
              // A border: no exception may reach Qt's thread pool.
              try {
                  return answerTo(wish, *known);
              } catch (const std::exception& problem) {
                  RigPlanAnswer answer;
                  answer.error = QString::fromUtf8(problem.what());
                  return answer;
              }
          },
          [this](const RigPlanAnswer& answer) { Q_EMIT arrived(answer); }) {}

void RigPlanner::ask(const RigPlanWish& wish) {
    planner_.ask(wish);
}

}  // namespace gatescope
