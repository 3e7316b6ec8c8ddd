using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Attacks;

/// <summary>PGD-feature, one of MIMIR's adaptive attacks (arXiv:2312.04960, "PGD-feature"): projected gradient ascent on how far the token features
/// f after the last block, class token included and before any norm, move from those of the natural image, ‖f(x') − f(x)‖². Labels are not used but to
/// say what fooled the model.
/// <para>The published attack raises the root of the sum over a batch. That is a positive factor a batch away from the squares of single images,
/// so the signs of the gradient, all that a step reads, are the same and no image depends on its neighbours.</para></summary>
/// <param name="Budget">ε, α and the number of steps.</param>
public sealed record FeatureAttack(AttackBudget Budget) : IAttack
{
    /// <summary>Steps of the published attack.</summary>
    public const int PublishedSteps = 100;

    /// <summary>Which iterate is the result; the published attack returns the last.</summary>
    public PgdKeep Keep { get; init; } = PgdKeep.Last;

    /// <summary>Independent starts; later ones only for images that no earlier one fooled.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Decides every start, together with the restart and the image's number.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    public string Name => $"pgd-feature-{Budget.Steps}";

    /// <inheritdoc/>
    public AttackNorm Norm => AttackNorm.Linf;

    /// <inheritdoc/>
    public float Epsilon => Budget.Epsilon;

    /// <inheritdoc/>
    public AttackRun Begin(Victim victim, int slots) => new Run(this, victim, slots);

    private sealed class Run : PgdRun
    {
        private readonly FeatureView _view;
        private readonly DeviceSpan<float> _natural;

        public Run(FeatureAttack attack, Victim victim, int slots)
            : base(new PgdAttack(attack.Budget) { Keep = attack.Keep, Restarts = attack.Restarts, Seed = attack.Seed }, victim, slots)
        {
            _view = new FeatureView(victim, slots);
            _natural = AddRows("natural features", _view.Values);
        }

        protected override void Start(int slot)
        {
            base.Start(slot);
            _view.Forward(RowOf(Natural, slot), default);
            Elementwise.Copy(_view.Features, RowOf(_natural, slot));
            CountForward(slot);
        }

        protected override bool EvaluatePoints(int count)
        {
            var wanted = WantsGradients(count);
            _view.Forward(RowsOf(Points, count), wanted ? RowsOf(Gradient, count) : default);
            _view.Classify(Labels.Slice(0, count), Logits.AsSpan(0, count * Victim.Model.Classes), Losses.AsSpan(0, count), scale: 0);
            _view.SquaredDistances(RowsOf(_natural, count), Losses.AsSpan(0, count), wanted);
            if (wanted)
                _view.Backward();
            Note(count, wanted);
            return wanted;
        }

        protected override void Dispose(bool disposing)
        {
            _view.Dispose();
            base.Dispose(disposing);
        }
    }
}
