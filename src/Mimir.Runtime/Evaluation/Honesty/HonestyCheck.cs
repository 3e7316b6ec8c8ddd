namespace Mimir.Runtime.Evaluation;

/// <summary>One question that a robust accuracy must answer.</summary>
/// <param name="number">Its number, from 1.</param>
/// <param name="title">What it looks at.</param>
internal abstract class HonestyCheck(int number, string title)
{
    /// <summary>Its number.</summary>
    public int Number => number;

    /// <summary>What it looks at.</summary>
    public string Title => title;

    /// <summary>The attacks whose outcomes it reads; those that another check asks for too run once.</summary>
    public virtual IEnumerable<HonestyAttack> Attacks(HonestyBench bench) => [];

    /// <summary>Passes beside those of <see cref="Attacks"/>.</summary>
    public virtual HonestyCost Cost(HonestyBench bench) => default;

    /// <summary>Answers it.</summary>
    /// <param name="bench">The evaluation, and attacks on a part of its images.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public abstract HonestyFinding Run(HonestyBench bench);

    /// <summary>A finding of this check.</summary>
    protected HonestyFinding Finding(HonestyVerdict verdict, string figures) => new(number, title, verdict, figures);

    /// <summary>A share in percent.</summary>
    protected static string Percent(double share) => $"{100 * share:0.0} %";

    /// <summary>A difference of shares in points.</summary>
    protected static string Points(double difference) => $"{100 * difference:+0.0;-0.0;0.0} points";
}
