using Mimir.Runtime.Evaluation;

namespace Mimir.Runtime.Ablation;

/// <summary>The results of an ablation side by side (the paper's Table IX, with intervals).</summary>
/// <param name="Columns">What was measured: natural images, then each attack.</param>
/// <param name="Seeds">How many seeds each arm had.</param>
/// <param name="Images">Test images.</param>
/// <param name="References">The arms that others are compared with: adv-mae and scratch, where the ablation has them.</param>
/// <param name="Rows">The arms in the recipe's order.</param>
public sealed record AblationTable(
    IReadOnlyList<string> Columns, int Seeds, int Images, IReadOnlyList<AblationArm> References, IReadOnlyList<AblationRow> Rows)
{
    private static readonly AblationArm[] s_references = [AblationArm.AdvMae, AblationArm.Scratch];

    /// <summary>Puts the table together.</summary>
    /// <param name="recipe">The ablation.</param>
    /// <param name="results">All its results.</param>
    public static AblationTable Of(AblationRecipe recipe, IReadOnlyList<ArmResult> results)
    {
        var arms = recipe.Arms.Select(name => results.Where(result => result.Arm.Name == name).ToArray()).ToArray();
        ArmResult[][] references = [.. s_references.Select(reference => arms.FirstOrDefault(arm => arm[0].Arm == reference)).OfType<ArmResult[]>()];
        var columns = results[0].Evaluation.Columns.Select(column => column.Name).ToArray();
        return new AblationTable(
            columns, recipe.Seeds.Count, results[0].Evaluation.Columns[0].Right.Length, [.. references.Select(reference => reference[0].Arm)],
            [.. arms.Select(arm => new AblationRow(
                arm[0].Arm,
                [.. columns.Select((_, column) => Accuracy(arm, column))],
                [.. from reference in references.Skip(Array.IndexOf(references, arm) + 1) // one reference against another is one comparison
                    from column in Enumerable.Range(0, columns.Length)
                    select Compare(arm, reference, column)],
                arm))]);
    }

    /// <summary>The comparisons of all rows.</summary>
    public IEnumerable<Comparison> Comparisons => Rows.SelectMany(row => row.Comparisons);

    private static Interval Accuracy(ArmResult[] arm, int column)
    {
        var accuracies = arm.Select(result => Of(result, column).Accuracy).ToArray();
        if (accuracies.Length > 1)
            return Interval.OfMean([.. accuracies.Select(accuracy => accuracy.Share)]);
        var (share, half) = (accuracies[0].Share, accuracies[0].Interval);
        return new Interval(share, Math.Max(0, share - half), Math.Min(1, share + half));
    }

    private static Comparison Compare(ArmResult[] arm, ArmResult[] reference, int column)
    {
        var pairs = arm.Zip(reference, (mine, theirs) => PairedDifference.Of(Of(mine, column), Of(theirs, column))).ToArray();
        return new Comparison(
            arm[0].Arm, reference[0].Arm, arm[0].Evaluation.Columns[column].Name, pairs,
            pairs.Length > 1 ? Interval.OfMean([.. pairs.Select(pair => pair.Difference)]) : pairs[0].Interval);
    }

    private static EvaluatedColumn Of(ArmResult result, int column) => result.Evaluation.Columns[column];
}

/// <summary>An arm of the table.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Accuracies">One a column: with one seed the share with the binomial interval p ± 1.96·√(p(1 − p)/n); with several the mean over
/// seeds with Student's.</param>
/// <param name="Comparisons">With the references, in each column; of two references the first is compared with the second, not the other way round.</param>
/// <param name="Results">One a seed.</param>
public sealed record AblationRow(AblationArm Arm, IReadOnlyList<Interval> Accuracies, IReadOnlyList<Comparison> Comparisons, IReadOnlyList<ArmResult> Results);

/// <summary>An arm against another on the same test images.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Reference">What it is compared with.</param>
/// <param name="Column">On what.</param>
/// <param name="Pairs">Where they disagree, one a seed.</param>
/// <param name="Difference">Accuracy of the arm less that of the reference: with one seed with the interval of the exact test, with several
/// the mean over seeds with Student's interval.</param>
public sealed record Comparison(AblationArm Arm, AblationArm Reference, string Column, IReadOnlyList<PairedDifference> Pairs, Interval Difference)
{
    /// <summary>Whether the interval excludes no difference.</summary>
    public bool IsSignificant => Difference.ExcludesZero;
}
