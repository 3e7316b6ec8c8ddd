namespace Mimir.Runtime.Corruptions;

/// <summary>A colour as hue, saturation and value, each in [0, 1] (Smith 1978), computed as scikit-image does.</summary>
internal readonly record struct HueSaturationValue(double Hue, double Saturation, double Value)
{
    private const int Sectors = 6;

    /// <summary>From red, green, blue in [0, 1].</summary>
    public static HueSaturationValue Of(double red, double green, double blue)
    {
        var value = Math.Max(red, Math.Max(green, blue));
        var spread = value - Math.Min(red, Math.Min(green, blue));
        if (spread == 0)
            return new HueSaturationValue(0, 0, value);

        // Where two channels are the largest, the later one decides.
        var sector = blue == value ? 4 + (red - green) / spread
            : green == value ? 2 + (blue - red) / spread
            : (green - blue) / spread;
        var hue = sector / Sectors;
        return new HueSaturationValue(hue - Math.Floor(hue), spread / value, value);
    }

    /// <summary>Back to red, green, blue.</summary>
    public (double Red, double Green, double Blue) ToRgb()
    {
        var sector = Math.Floor(Hue * Sectors);
        var along = Hue * Sectors - sector;
        var p = Value * (1 - Saturation);
        var q = Value * (1 - along * Saturation);
        var t = Value * (1 - (1 - along) * Saturation);
        return ((int)sector % Sectors) switch
        {
            0 => (Value, t, p),
            1 => (q, Value, p),
            2 => (p, Value, t),
            3 => (p, q, Value),
            4 => (t, p, Value),
            _ => (Value, p, q),
        };
    }

    /// <summary>Changes every pixel of a colour image in place.</summary>
    public static void Map(PixelGrid image, Func<HueSaturationValue, HueSaturationValue> change)
    {
        var red = image.Plane(0);
        var green = image.Plane(1);
        var blue = image.Plane(2);
        for (var i = 0; i < red.Length; i++)
            (red[i], green[i], blue[i]) = change(Of(red[i], green[i], blue[i])).ToRgb();
    }
}
