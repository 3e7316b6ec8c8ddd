namespace Mimir.Runtime.Evaluation;

/// <summary>Looks at every x' anew, by way of a file: norms, range, NaN, and whether it is classified as was claimed; also rounded to the 256 levels of a picture.</summary>
internal sealed class AuditCheck() : HonestyCheck(14, "attacked images from disk")
{
    public override HonestyCost Cost(HonestyBench bench) => new HonestyCost(2, 0) * bench.Session.Images.Count;

    public override HonestyFinding Run(HonestyBench bench)
    {
        var session = bench.Session;
        var folder = Directory.CreateTempSubdirectory("mimir-");
        Recheck check;
        try
        {
            var path = Path.Combine(folder.FullName, AdversarialFile.Name);
            AdversarialFile.Write(path, session.Images, session.Results);
            check = session.Recheck(AdversarialFile.Read(path, session.Images), bench.Cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return Judge(check, session.Results.RobustAccuracy, session.Settings.Eps);
    }

    /// <summary>The verdict on images that were looked at anew.</summary>
    internal HonestyFinding Judge(Recheck check, Accuracy claimed, float epsilon)
    {
        var figures = $"accuracy {Percent(check.Accuracy.Share)}, at 8 bits {Percent(check.Rounded.Share)}; largest distance {check.LargestDistance:0.######} of {epsilon:0.######} "
            + $"({check.LargestRoundedDistance:0.######} at 8 bits), pixels in [{check.Smallest:0.###}, {check.Largest:0.###}], {check.NaNs} NaN";
        return !check.IsSound ? Finding(HonestyVerdict.Fail, $"{figures}; {check.OutsideBall} images outside the ball or the pixel range")
            : check.PredictionsChanged > 0 || check.Accuracy != claimed
                ? Finding(HonestyVerdict.Fail, $"{figures}; {check.PredictionsChanged} classes are not what was claimed ({Percent(claimed.Share)})")
                : Finding(HonestyVerdict.Pass, figures);
    }
}
