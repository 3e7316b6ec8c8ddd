using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir finetune</c>: stage two, or adversarial training from scratch.</summary>
internal sealed class FinetuneCommand : TrainingCommand<FinetuneRecipe>
{
    private const string InitName = "--init";
    private const string ScratchName = "--from-scratch";
    private const string DeviationName = "--head-deviation";
    private const string LossName = "--loss";
    private const string EpsName = "--eps";
    private const string EpsWarmupName = "--eps-warmup";
    private const double ScratchBaseRate = 1e-3;
    private const int ApgdSteps = 2;
    private const float FastStep = 1.25f; // of ε

    private static readonly FinetuneRecipe s_defaults = new() { Data = DataOptions.None };
    private static readonly string s_modelTitle = ModelOptions.Encoder().Title;

    /// <inheritdoc/>
    public override string Name => Finetuning.Verb;

    /// <inheritdoc/>
    public override string Summary => "Stage two: trains a classifier on attacked images, from a pre-trained encoder or from scratch.";

    /// <inheritdoc/>
    public override string Usage => $"--data PATH ({InitName} CHECKPOINT | {ScratchName}) [options], or --resume DIR";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } = [
        "The defaults are the published run on CIFAR-10. Its base rate of 0.05 is that of the head; layer decay gives the layers below it far less, "
            + $"which suits pre-trained encoders only. So {ScratchName} has other defaults: --base-rate 0.001 and --layer-decay 1.",
        "Losses: pgd is PGD adversarial training; trades and mart add a divergence between natural and attacked images, weighted by --beta; fast is pgd with one step of "
            + "1.25 x eps; free replays every batch --replays times, one pass each, and makes epochs / replays passes over the images; apgd attacks by two steps of APGD from the "
            + "images themselves; natural does not attack.",
        $"After every epoch but those of {LossName} natural, PGD-{OverfittingGuard.Steps} attacks the same {OverfittingGuard.FewestImages} or more training images. Accuracy that drops by more "
            + $"than {OverfittingGuard.LargestDrop} from one epoch to the next is catastrophic overfitting.",
        $"With {InitName} the encoder's sizes are those of the checkpoint, and --model, --patch, --embed, --depth, --heads and --mlp-ratio are refused.",
    ];

    /// <inheritdoc/>
    protected override FinetuneRecipe Defaults(ParseResult parse)
    {
        var scratch = parse.IsGiven(Option(parse, ScratchName));
        UsageException.Require(
            scratch != parse.IsGiven(Option(parse, InitName)),
            $"give exactly one of {InitName} CHECKPOINT (a pre-trained encoder) and {ScratchName} (adversarial training from the start)");
        var recipe = scratch ? s_defaults with { LayerDecay = 1, Optimiser = s_defaults.Optimiser with { BaseRate = ScratchBaseRate } } : s_defaults;
        return parse.Text(Option(parse, LossName)) is { } text ? ForLoss(recipe, OptionText.Choice<TrainingLoss>(LossName, text), parse) : recipe;
    }

    /// <summary>The attack that a loss has where the options say nothing.</summary>
    private static FinetuneRecipe ForLoss(FinetuneRecipe recipe, TrainingLoss loss, ParseResult parse)
    {
        var eps = parse.Text(Option(parse, EpsName)) is { } text ? OptionText.Length(EpsName, text) : recipe.Eps;
        return loss switch
        {
            TrainingLoss.Fast => recipe with { Loss = loss, Alpha = FastStep * eps, Steps = 1 },
            TrainingLoss.Apgd => recipe with { Loss = loss, Steps = ApgdSteps },
            _ => recipe with { Loss = loss },
        };
    }

    /// <summary>Whether training with a loss reads an option.</summary>
    private static bool Reads(TrainingLoss loss, string option) => option switch
    {
        "--beta" => loss is TrainingLoss.Trades or TrainingLoss.Mart,
        "--label-smoothing" => loss is not (TrainingLoss.Trades or TrainingLoss.Mart),
        "--replays" => loss == TrainingLoss.Free,
        "--steps" => loss is TrainingLoss.Pgd or TrainingLoss.Trades or TrainingLoss.Mart,
        "--alpha" or "--alpha-warmup-epochs" => loss is TrainingLoss.Pgd or TrainingLoss.Trades or TrainingLoss.Mart or TrainingLoss.Fast,
        EpsName or "--eps-warmup-epochs" or EpsWarmupName or "--on-overfitting" or "--guard-alpha" => loss != TrainingLoss.Natural,
        _ => true,
    };

    /// <inheritdoc/>
    protected override void Check(FinetuneRecipe recipe, ParseResult parse, bool resumes)
    {
        if (recipe.Init is null)
        {
            UsageException.Require(!parse.IsGiven(Option(parse, DeviationName)), $"{DeviationName} has no effect with {ScratchName}");
        }
        else
        {
            var given = Groups.Single(group => group.Title == s_modelTitle).Options.FirstOrDefault(option => parse.IsGiven(option));
            UsageException.Require(given is null, $"{given?.Name} has no effect with {InitName}: the encoder's sizes are those of the checkpoint");
            if (!resumes)
                CheckpointOption.Require(InitName, recipe.Init);
        }

        var unread = Groups.SelectMany(group => group.Options).FirstOrDefault(option => parse.IsGiven(option) && !Reads(recipe.Loss, option.Name));
        UsageException.Require(unread is null, $"{unread?.Name} has no effect with {LossName} {OptionText.Word(recipe.Loss)}");
        UsageException.Require(
            recipe.EpsWarmupEpochs > 0 || !parse.IsGiven(Option(parse, EpsWarmupName)), $"{EpsWarmupName} has no effect without --eps-warmup-epochs");
        DataOptions.Require(recipe.Data);
        recipe.Validate();
    }

    /// <inheritdoc/>
    protected override EpochReport Train(
        FinetuneRecipe recipe, Device device, RunFolder folder, bool resume, ITrainingObserver observer, CancellationToken cancellation) =>
        Finetuning.Run(recipe, device, folder, resume, observer, cancellation);

    /// <inheritdoc/>
    protected override ulong SeedOf(FinetuneRecipe recipe) => recipe.Seed;

    /// <inheritdoc/>
    protected override FinetuneRecipe WithSeed(FinetuneRecipe recipe, ulong seed) => recipe with { Seed = seed };

    /// <inheritdoc/>
    protected override IEnumerable<SettingGroup<FinetuneRecipe>> Used(FinetuneRecipe recipe, IEnumerable<SettingGroup<FinetuneRecipe>> groups) =>
        from @group in groups
        where recipe.Init is null || @group.Title != s_modelTitle
        select @group.Where(setting => Reads(recipe.Loss, setting.Option.Name) && (setting.Option.Name != EpsWarmupName || recipe.EpsWarmupEpochs > 0));

    /// <inheritdoc/>
    protected override IEnumerable<string> Consequences(FinetuneRecipe recipe) => recipe.ReplaysOfABatch == 1
        ? []
        : [$"{recipe.Passes.Epochs} {(recipe.Passes.Epochs == 1 ? "pass" : "passes")} over the images, each batch {recipe.Replays} times"];

    /// <inheritdoc/>
    protected override IEnumerable<SettingGroup<FinetuneRecipe>> RecipeSettings() =>
    [
        DataOptions.Group("--train-limit", "training images").Within<FinetuneRecipe>(r => r.Data, (r, data) => r with { Data = data }).And(
            DataOptions.Augment<FinetuneRecipe>(r => r.Augment, (r, v) => r with { Augment = v })),
        new("Start", [
            new(
                OptionSyntax.Value(InitName, "CHECKPOINT", "Starts from the encoder of this checkpoint: a file or the folder of a run."),
                (r, text) => r with { Init = Path.GetFullPath(text) }, r => r.Init ?? "none"),
            new(
                OptionSyntax.Switch(ScratchName, "Starts from random weights: end-to-end adversarial training."),
                (r, _) => r with { Init = null }, r => r.Init is null ? "yes" : "no"),
        ]),
        ModelOptions.Encoder().Within<FinetuneRecipe>(r => r.Model, (r, model) => r with { Model = model }),
        new("Classifier", [
            Setting.Choice<FinetuneRecipe, PoolKind>(
                "--pool", "What the head sees: the mean of the patch tokens, or the class token (default mean).", r => r.Pool, (r, v) => r with { Pool = v }),
            Setting.Number<FinetuneRecipe>(
                DeviationName, $"Standard deviation of the head's first weights behind a pre-trained encoder, from 0 (default {s_defaults.HeadDeviation}).",
                r => r.HeadDeviation, (r, v) => r with { HeadDeviation = v }),
            Setting.Number<FinetuneRecipe>(
                "--drop-path", $"Rate at which the last block's branches are dropped, 0 to below 1; lower blocks less (default {s_defaults.DropPath}).",
                r => r.DropPath, (r, v) => r with { DropPath = v }),
            Setting.Number<FinetuneRecipe>(
                "--label-smoothing", $"Share of the target spread over all classes, 0 to below 1 (default {s_defaults.LabelSmoothing}; trades and mart have none).",
                r => r.LabelSmoothing, (r, v) => r with { LabelSmoothing = v }),
        ]),
        AttackOptions.Group(BudgetOf(s_defaults)).Within<FinetuneRecipe>(BudgetOf, (r, b) => r with { Eps = b.Epsilon, Alpha = b.Alpha, Steps = b.Steps }).And(
            Setting.Choice<FinetuneRecipe, TrainingLoss>(LossName, "What is trained, see below (default pgd).", r => r.Loss, (r, v) => r with { Loss = v }),
            Setting.Number<FinetuneRecipe>(
                "--beta", $"Weight of the divergence in trades and mart, from 0 (default {s_defaults.Beta}).", r => r.Beta, (r, v) => r with { Beta = v }),
            Setting.Whole<FinetuneRecipe>(
                "--replays", 1, $"How often free trains on a batch (default {s_defaults.Replays}).", r => r.Replays, (r, v) => r with { Replays = v }),
            Setting.Whole<FinetuneRecipe>(
                "--eps-warmup-epochs", 0, "Epochs over which eps rises from 0, which it is in the first (default 0: none).",
                r => r.EpsWarmupEpochs, (r, v) => r with { EpsWarmupEpochs = v }),
            Setting.Choice<FinetuneRecipe, WarmupForm>(
                EpsWarmupName, "How it rises (default linear).", r => r.EpsWarmup, (r, v) => r with { EpsWarmup = v }),
            Setting.Whole<FinetuneRecipe>(
                "--alpha-warmup-epochs", 0, "Epochs over which alpha rises from 0, which it is in the first (default 0: none).",
                r => r.AlphaWarmupEpochs, (r, v) => r with { AlphaWarmupEpochs = v })),
        new("Overfitting guard", [
            Setting.Choice<FinetuneRecipe, OverfittingResponse>(
                "--on-overfitting", "What to do about catastrophic overfitting: say so, end the run, or end it with the weights of the epoch before (default report).",
                r => r.OnOverfitting, (r, v) => r with { OnOverfitting = v }),
            new(
                OptionSyntax.Value("--guard-alpha", "LENGTH", $"Step of the guard's PGD-{OverfittingGuard.Steps} (default: eps / 4)."),
                (r, text) => r with { GuardAlpha = OptionText.Length("--guard-alpha", text) }, r => AttackBudget.Describe(r.GuardBudget.Alpha)),
        ]),
        OptimiserOptions.Group(s_defaults.Optimiser, $"{s_defaults.Optimiser.BaseRate}, {ScratchBaseRate} with {ScratchName}")
            .Within<FinetuneRecipe>(r => r.Optimiser, (r, o) => r with { Optimiser = o }).And(
                Setting.Number<FinetuneRecipe>(
                    "--layer-decay", $"Rate of a layer over that of the next, above 0 to 1 (default {s_defaults.LayerDecay}, 1 with {ScratchName}).",
                    r => r.LayerDecay, (r, v) => r with { LayerDecay = v })),
    ];

    private static AttackBudget BudgetOf(FinetuneRecipe recipe) => new(recipe.Eps, recipe.Alpha, recipe.Steps);

    private static Option Option(ParseResult parse, string name) => parse.CommandResult.Command.Options.Single(option => option.Name == name);
}
