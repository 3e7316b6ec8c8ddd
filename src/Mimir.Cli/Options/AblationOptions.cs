using System.CommandLine;
using System.Globalization;
using Mimir.Cli.Errors;
using Mimir.Runtime.Ablation;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Options;

/// <summary>The options of an ablation: those of its stages, told apart by a prefix, and the arms.</summary>
internal sealed class AblationOptions
{
    private const string PretrainPrefix = "--pretrain-";
    private const string FinetunePrefix = "--finetune-";

    private readonly Option<bool> _quick = OptionSyntax.Switch("--quick", "With --data digits: the short form, of a few epochs an arm.");

    private readonly Option<string> _arms = OptionSyntax.Value(
        "--arms", "LIST", "The arms by name, comma separated: scratch, mae, adv-mae, mimir-ESTIMATOR-WEIGHT such as mimir-hsic-cca-1e-05, "
            + "mimir-ESTIMATOR-balance-SHARE (default: scratch, mae, adv-mae and every --mi with every --mi-weight and --mi-balance).");

    private readonly Option<string> _estimators = OptionSyntax.Value(
        "--mi", "LIST", $"Estimators of the penalty, comma separated, of {string.Join(", ", Estimators.Names)} (default hsic-cca).");

    private readonly Option<string> _weights = OptionSyntax.Value(
        "--mi-weight", "LIST", "Weights of the penalty, comma separated, above 0 (default 1e-5 where no --mi-balance is given; none with --data digits).");

    private readonly Option<string> _balances = OptionSyntax.Value(
        "--mi-balance", "LIST", "Shares, comma separated, above 0: the weight is set anew at every step so that the penalty's gradient at the latent is this "
            + "share of the reconstruction's (default none; 0.01 with --data digits where no --mi-weight is given).");

    private readonly Option<string> _seeds = OptionSyntax.Value(
        "--seeds", "LIST", "Seeds, comma separated; every arm is trained with each (default 0).");

    /// <summary>Under their headings.</summary>
    public IReadOnlyList<OptionGroup> Groups => field ??=
        [Settings[0], new OptionGroup("Arms", [_arms, _estimators, _weights, _balances, _seeds, _quick]), .. Settings[1..]];

    /// <summary>The settings of the stages.</summary>
    public SettingGroup<AblationRecipe>[] Settings => field ??= Make();

    /// <summary>Whether anything is asked of the arms.</summary>
    public bool NamesArms(ParseResult parse) => new Option[] { _arms, _estimators, _weights, _balances }.Any(parse.IsGiven);

    /// <summary>The recipe that the command line asks for.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="stored">The recipe of an earlier run, which options that were given are put into (<c>--quick</c> takes its place); null starts from the defaults.</param>
    /// <exception cref="UsageException">An option is wrong, or does not go with another.</exception>
    public AblationRecipe Recipe(ParseResult parse, AblationRecipe? stored)
    {
        var given = Settings[0].Apply(AblationRecipe.Published(""), parse).Pretrain.Data.Path;
        var data = given.Length > 0 ? given : stored?.Pretrain.Data.Path ?? "";
        var digits = data == DigitsFormat.DataName;
        UsageException.Require(digits || !parse.IsGiven(_quick), "--quick needs --data digits: other images have no short form");

        // --quick says the whole recipe anew, so it is held against the stored one as a whole.
        var recipe = stored is not null && !parse.IsGiven(_quick) ? stored
            : digits ? AblationRecipe.Digits(parse.IsGiven(_quick)) with { Seeds = stored?.Seeds ?? [0] }
            : AblationRecipe.Published(data);
        foreach (var group in Settings)
            recipe = group.Apply(recipe, parse);
        if (parse.Text(_seeds) is { } seeds)
            recipe = recipe with { Seeds = [.. List(seeds).Select(seed => OptionText.Seed("--seeds", seed))] };
        if (NamesArms(parse))
            recipe = recipe with { Arms = [.. Arms(parse, digits).Select(arm => arm.Name)] };
        DataOptions.Require(recipe.Pretrain.Data);
        recipe.Validate();
        return recipe;
    }

    private IEnumerable<AblationArm> Arms(ParseResult parse, bool digits)
    {
        if (parse.Text(_arms) is { } arms)
        {
            var other = new[] { _estimators, _weights, _balances }.FirstOrDefault(parse.IsGiven);
            UsageException.Require(other is null, $"{other?.Name} has no effect with --arms, which names every arm");
            return List(arms).Select(AblationArm.Parse);
        }

        var (weights, balances) = (Numbers(parse, _weights), Numbers(parse, _balances));
        if (weights.Length + balances.Length == 0 && digits)
            balances = [0.01];
        else if (weights.Length + balances.Length == 0)
            weights = [1e-5];
        return [
            .. AblationRecipe.Baselines,
            .. from estimator in Known(parse.Text(_estimators) ?? Estimators.Names[0])
               from arm in weights.Select(weight => AblationArm.Mimir(estimator, weight)).Concat(balances.Select(share => AblationArm.Mimir(estimator, share, balanced: true)))
               select arm,
        ];
    }

    private static IEnumerable<string> Known(string text)
    {
        foreach (var name in List(text))
        {
            UsageException.Require(Estimators.Names.Contains(name), $"--mi '{name}' is unknown; use one of {string.Join(", ", Estimators.Names)}");
            yield return name;
        }
    }

    private static double[] Numbers(ParseResult parse, Option<string> option) => parse.Text(option) is not { } text ? []
        : [.. List(text).Select(one =>
        {
            var number = OptionText.Number(option.Name, one);
            UsageException.Require(number > 0, $"{option.Name} {one} must be above 0; the arm adv-mae is the one without a penalty");
            return number;
        })];

    private static string[] List(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static SettingGroup<AblationRecipe>[] Make()
    {
        var defaults = AblationRecipe.Published("");
        var (pretrain, finetune, evaluation) = (defaults.Pretrain, defaults.Finetune, defaults.Evaluation);
        return [
            DataOptions.Group("--train-limit", "training images").Within<AblationRecipe>(
                r => r.Pretrain.Data,
                (r, data) => r with
                {
                    Pretrain = r.Pretrain with { Data = data },
                    Finetune = r.Finetune with { Data = data },
                    Evaluation = r.Evaluation with { Data = data with { Limit = r.Evaluation.Data.Limit } },
                }).And(
                Setting.WholeOr<AblationRecipe>(
                    "--limit", 1, "all", "Takes so many test images, balanced over the classes; from 1 (default: all).", r => r.Evaluation.Data.Limit,
                    (r, count) => r with { Evaluation = r.Evaluation with { Data = r.Evaluation.Data with { Limit = count } } }),
                DataOptions.Augment<AblationRecipe>(
                    r => r.Pretrain.Augment, (r, v) => r with { Pretrain = r.Pretrain with { Augment = v }, Finetune = r.Finetune with { Augment = v } })),
            ModelOptions.Encoder().Within<AblationRecipe>(
                r => r.Pretrain.Model, (r, model) => r with { Pretrain = r.Pretrain with { Model = model }, Finetune = r.Finetune with { Model = model } }),
            ModelOptions.Decoder().Within<AblationRecipe>(r => r.Pretrain.Decoder, (r, decoder) => r with { Pretrain = r.Pretrain with { Decoder = decoder } }),
            new("Attack", [
                Setting.Length<AblationRecipe>(
                    "--eps", $"Radius of the L-infinity ball of every stage in pixel units of [0, 1]; 8/255, 8 (255ths) and 0.0314 mean the same (default {AttackBudget.Describe(evaluation.Attack.Eps)}).",
                    r => r.Evaluation.Attack.Eps,
                    (r, v) => r with { Pretrain = r.Pretrain with { Eps = v }, Finetune = r.Finetune with { Eps = v }, Evaluation = r.Evaluation with { Attack = r.Evaluation.Attack with { Eps = v } } }),
            ]),
            new SettingGroup<PretrainRecipe>("Pre-training", [
                Setting.Length<PretrainRecipe>(
                    $"{PretrainPrefix}alpha", $"Length of the attack's step (default {AttackBudget.Describe(pretrain.Alpha)}).", r => r.Alpha, (r, v) => r with { Alpha = v }),
                Setting.Whole<PretrainRecipe>($"{PretrainPrefix}steps", 1, $"Steps of the attack (default {pretrain.Steps}).", r => r.Steps, (r, v) => r with { Steps = v }),
                .. OptimiserOptions.Group(pretrain.Optimiser, $"{pretrain.Optimiser.BaseRate}", PretrainPrefix)
                    .Within<PretrainRecipe>(r => r.Optimiser, (r, o) => r with { Optimiser = o }).Settings,
            ]).Within<AblationRecipe>(r => r.Pretrain, (r, v) => r with { Pretrain = v }),
            new SettingGroup<FinetuneRecipe>("Fine-tuning", [
                Setting.Length<FinetuneRecipe>(
                    $"{FinetunePrefix}alpha", $"Length of the attack's step (default {AttackBudget.Describe(finetune.Alpha)}).", r => r.Alpha, (r, v) => r with { Alpha = v }),
                Setting.Whole<FinetuneRecipe>($"{FinetunePrefix}steps", 1, $"Steps of the attack (default {finetune.Steps}).", r => r.Steps, (r, v) => r with { Steps = v }),
                Setting.Number<FinetuneRecipe>(
                    $"{FinetunePrefix}layer-decay", $"Rate of a layer over that of the next, above 0 to 1 (default {finetune.LayerDecay}).",
                    r => r.LayerDecay, (r, v) => r with { LayerDecay = v }),
                Setting.Number<FinetuneRecipe>(
                    $"{FinetunePrefix}drop-path", $"Rate at which the last block's branches are dropped, 0 to below 1 (default {finetune.DropPath}).",
                    r => r.DropPath, (r, v) => r with { DropPath = v }),
                .. OptimiserOptions.Group(finetune.Optimiser, $"{finetune.Optimiser.BaseRate}", FinetunePrefix)
                    .Within<FinetuneRecipe>(r => r.Optimiser, (r, o) => r with { Optimiser = o }).Settings,
            ]).Within<AblationRecipe>(r => r.Finetune, (r, v) => r with { Finetune = v }).And([
                .. new SettingGroup<ScratchRecipe>("", [
                    Setting.WholeOr<ScratchRecipe>(
                        "--scratch-epochs", 1, $"those of {FinetunePrefix}epochs", $"Epochs of the arm scratch, such as give it the time of the other arms (default: {FinetunePrefix}epochs).",
                        r => r.Epochs, (r, v) => r with { Epochs = v }),
                    Setting.Number<ScratchRecipe>(
                        "--scratch-base-rate", $"Its learning rate for 256 images (default {defaults.Scratch.BaseRate}).", r => r.BaseRate, (r, v) => r with { BaseRate = v }),
                    Setting.Number<ScratchRecipe>(
                        "--scratch-layer-decay", $"Its rate of a layer over that of the next (default {defaults.Scratch.LayerDecay}).",
                        r => r.LayerDecay, (r, v) => r with { LayerDecay = v }),
                ]).Within<AblationRecipe>(r => r.Scratch, (r, v) => r with { Scratch = v }).Settings,
            ]),
            new SettingGroup<EvaluateRecipe>("Evaluation", [
                Setting.Text<EvaluateRecipe>(
                    "--attack", "LIST", $"What judges, as mimir eval takes it: {string.Join(", ", AttackPlan.Names)}; a column each, of what still stands behind it (default {evaluation.Attacks}).",
                    r => r.Attacks, (r, v) => r with { Attacks = v }),
                .. new SettingGroup<AttackSettings>("", [
                    Setting.LengthOr<AttackSettings>("--eval-alpha", "2/255", "Length of a step of pgd (default 2/255).", a => a.Alpha, (a, v) => a with { Alpha = v }),
                    Setting.WholeOr<AttackSettings>("--eval-restarts", 1, "each attack's own", "Random starts (default 1).", a => a.Restarts, (a, v) => a with { Restarts = v }),
                    Setting.Choice<AttackSettings, PgdKeep>(
                        "--eval-keep", $"Which iterate of pgd is its result (default {OptionText.Word(evaluation.Attack.Keep)}, as in published figures).", a => a.Keep, (a, v) => a with { Keep = v }),
                ]).Within<EvaluateRecipe>(r => r.Attack, (r, a) => r with { Attack = a }).Settings,
                Setting.Whole<EvaluateRecipe>("--eval-batch", 1, $"Images attacked at once (default {evaluation.Batch}).", r => r.Batch, (r, v) => r with { Batch = v }),
            ]).Within<AblationRecipe>(r => r.Evaluation, (r, v) => r with { Evaluation = v }),
        ];
    }
}
