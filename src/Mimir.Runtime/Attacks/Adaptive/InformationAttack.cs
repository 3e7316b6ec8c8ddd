using System.Globalization;
using Mimir.Runtime.Information;

namespace Mimir.Runtime.Attacks;

/// <summary>PGD-MI, the adaptive attack on MIMIR's penalty (arXiv:2312.04960, "PGD-MI"): projected gradient ascent on
/// <c>mean cross-entropy + λ·HSIC(f(x'), x')</c>, f the token features after the last block, with the gradient through both arguments of the normalised
/// HSIC (<see cref="HsicCca"/>).
/// <para>HSIC is a number of a group of images, so what happens to an image depends on the others of its group: a group is so many consecutive
/// images of those attacked, all of which stay until the last step. That is the published attack's nature (its groups are batches of 16). The same images in the
/// same order give the same bits on any number of threads.</para></summary>
/// <param name="Budget">ε, α and the number of steps.</param>
/// <param name="Weight">λ of HSIC.</param>
public sealed record InformationAttack(AttackBudget Budget, double Weight = InformationAttack.PublishedWeight) : IAttack
{
    /// <summary>λ of the published attack, at which the term is almost inert.</summary>
    public const double PublishedWeight = 1e-5;

    /// <summary>Steps of the published attack.</summary>
    public const int PublishedSteps = 100;

    private static readonly double[] s_weights = [1e-5, -1e-5, 1e-3, -1e-3, 1e-1, -1e-1];

    /// <summary>Whether the cross-entropy is left out.</summary>
    public bool Pure { get; init; }

    /// <summary>Images of a group, at least 2. What is left over at the end makes a smaller one.</summary>
    public int Group
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2, nameof(Group));
            field = value;
        }
    }
    = 16;

    /// <summary>Which iterate is the result; the published attack returns the last.</summary>
    public PgdKeep Keep { get; init; } = PgdKeep.Last;

    /// <summary>Decides every start, together with the image's number.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    public string Name => Pure
        ? $"pgd-mi-{Budget.Steps}(hsic)"
        : string.Create(CultureInfo.InvariantCulture, $"pgd-mi-{Budget.Steps}({Weight:+0.##e0;-0.##e0})");

    /// <inheritdoc/>
    public AttackNorm Norm => AttackNorm.Linf;

    /// <inheritdoc/>
    public float Epsilon => Budget.Epsilon;

    /// <summary>The attack with λ = ±1e-5, ±1e-3, ±1e-1, the published one first, and on HSIC alone: an image counts as robust where none of them fools the
    /// model.</summary>
    public static IReadOnlyList<InformationAttack> Sweep(AttackBudget budget, ulong seed, PgdKeep keep = PgdKeep.Last) =>
    [
        .. s_weights.Select(weight => new InformationAttack(budget, weight) { Seed = seed, Keep = keep }),
        new InformationAttack(budget, 1) { Pure = true, Seed = seed, Keep = keep },
    ];

    /// <inheritdoc/>
    public AttackRun Begin(Victim victim, int slots) => new Run(this, victim, slots);

    private sealed class Run(InformationAttack attack, Victim victim, int slots)
        : PgdRun(new PgdAttack(attack.Budget) { Keep = attack.Keep, Seed = attack.Seed }, victim, slots, together: true)
    {
        private readonly InformationObjective _objective = new(victim, slots, attack.Pure ? 0f : 1f, attack.Weight);

        protected override bool EvaluatePoints(int count)
        {
            var wanted = WantsGradients(count);
            _objective.Evaluate(
                RowsOf(Points, count), Labels.Slice(0, count), Logits.AsSpan(0, count * Victim.Model.Classes), Losses.AsSpan(0, count),
                wanted ? RowsOf(Gradient, count) : default);
            Note(count, wanted);
            return wanted;
        }

        protected override void Dispose(bool disposing)
        {
            _objective.Dispose();
            base.Dispose(disposing);
        }
    }
}
