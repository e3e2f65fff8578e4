-- The roll-up of this name is done.
INSERT INTO rollups (name, version, base, rolled_at, as_of, marks)
SELECT
    {name:String},
    {version:UInt64},
    {base:UInt64},
    fromUnixTimestamp64Milli({rolled_at:Int64}, 'UTC'),
    mapFromArrays({tenants:Array(String)}, {newest:Array(Int64)}),
    mapFromArrays({logs:Array(String)}, {reached:Array(UInt64)})
